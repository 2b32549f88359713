package issues

import "strings"

// Kind is what an issue is, as a code.
type Kind string

// The kinds of issue.
const (
	CostSettingMissing  Kind = "COST_SETTING_MISSING"
	ChargeNeedsReview   Kind = "CHARGE_NEEDS_REVIEW"
	BillingExhausted    Kind = "BILLING_EXHAUSTED"
	BillingBroken       Kind = "BILLING_BROKEN"
	LateValues          Kind = "LATE_VALUES"
	WalletExhausted     Kind = "WALLET_EXHAUSTED"
	PaymentDiffers      Kind = "PAYMENT_DIFFERS"
	PaymentDisputed     Kind = "PAYMENT_DISPUTED"
	PaymentUncertain    Kind = "PAYMENT_UNCERTAIN"
	AutoTopUpFailed     Kind = "AUTO_TOP_UP_FAILED"
	ReconciliationFound Kind = "RECONCILIATION_FOUND"
	BooksWrong          Kind = "BOOKS_WRONG"

	CertificateNotSigned Kind = "CERTIFICATE_NOT_SIGNED"
	CertificateRefused   Kind = "CERTIFICATE_REFUSED"
	CertificateExpiring  Kind = "CERTIFICATE_EXPIRING"
	CertificateExpired   Kind = "CERTIFICATE_EXPIRED"
	SecurityEvent        Kind = "SECURITY_EVENT"
	SecurityUpgrade      Kind = "SECURITY_UPGRADE_FAILED"
	AuthorityExpiring    Kind = "AUTHORITY_EXPIRING"
)

// Words say what an issue is, what it means, and what to do.
type Words struct{ Title, Meaning, Remedy string }

// words have {names} where details go in.
var words = map[Kind]Words{
	CertificateNotSigned: {
		"{station} asked for a certificate and got none",
		"Its request couldn't be signed: {reason}",
		"Put that right, then renew the station's certificate on its page. Until then it connects as before.",
	},
	CertificateRefused: {
		"{station} refuses its new certificate",
		"It was offered {count} times, and the station answered: {reason}",
		"Look at the station's security events. It may lack the root above its certificate, take shorter chains only, or have the wrong time. Then renew its certificate again.",
	},
	CertificateExpiring: {
		"The certificate of {station} expires in {count} days",
		"It counts until {until}, and hasn't been renewed yet: {reason}",
		"Bring the station online, and renew its certificate on its page. Afterwards it can't connect with it any more.",
	},
	CertificateExpired: {
		"The certificate of {station} has expired",
		"It counted until {until}. The station is let in only to be given a new one, and only for a while.",
		"Renew it on the station's page. Where that fails, lower its security profile, connect it by password, and upgrade it again.",
	},
	SecurityEvent: {
		"{station} reports {event}",
		"{meaning}",
		"{remedy}",
	},
	SecurityUpgrade: {
		"{station} couldn't be brought to {what}",
		"It stays as it was. {reason}",
		"Put that right, then begin again on the station's page.",
	},
	AuthorityExpiring: {
		"The certificate authority {name} expires in {count} days",
		"It counts until {until}. What it signs can't count for longer, and in the end nothing can be signed.",
		"Prepare the next one on the page Certificates, have stations install its root, and then have it sign.",
	},
	CostSettingMissing: {
		"Cost setting not configured at {station}",
		"No tariff holds there, and its network isn't marked as free. Remote starts are refused, and sessions that begin at the station itself can't be billed.",
		"Assign a tariff to the connector, station, location or network, or to the whole tenant; or mark the network as free.",
	},
	ChargeNeedsReview: {
		"A charge of {amount} needs a look",
		"The session at {station} can't be billed blindly: {reason}",
		"Compare the meter values on the session's page. Approve the charge, approve it with the right energy, or write it off.",
	},
	BillingExhausted: {
		"{amount} couldn't be collected in 24 hours",
		"The driver's wallet didn't cover the session at {station}, and every further try failed.",
		"Ask the driver to top up: the charge is then collected at once. Or write it off.",
	},
	BillingBroken: {
		"A session at {station} couldn't be billed",
		"Working out its price failed: {reason}",
		"It is tried again by itself. If this stays, correct the tariff and rebill the session.",
	},
	LateValues: {
		"Late meter values change a bill by {amount}",
		"The session at {station} was billed already when values came that it had not reported before.",
		"Open the charge and apply the correction, or dismiss it.",
	},
	WalletExhausted: {
		"A running session outgrows its wallet",
		"The session at {station} costs {amount} so far, more than the driver's wallet can set aside. It goes on.",
		"Ask the driver to top up, stop the session, or raise the wallet's credit limit.",
	},
	PaymentDiffers: {
		"A payment brought another amount than asked for",
		"{asked} was asked for and {amount} came. What came is credited.",
		"Compare the payment with the provider's page and settle the difference with the driver.",
	},
	PaymentDisputed: {
		"A payment of {amount} is disputed",
		"The driver's bank took the money back, or is about to: {reason}",
		"Answer the dispute at the provider in time. What was taken back has been taken from the wallet.",
	},
	PaymentUncertain: {
		"Nobody knows yet how a payment of {amount} stands",
		"The provider has not answered: {reason}",
		"It is looked up again by itself. Look at the provider's page if it stays so.",
	},
	AutoTopUpFailed: {
		"An automatic top-up of {amount} failed",
		"The provider refused the saved way to pay: {reason}",
		"Ask the driver for another way to pay. Automatic top-up is off for the wallet until then.",
	},
	ReconciliationFound: {
		"{count} differences between the books and {account}",
		"The provider's records aren't what the books say.",
		"Open the reconciliation: each difference says what is booked, what the provider says, and what to do.",
	},
	BooksWrong: {
		"The books don't verify",
		"{reason}",
		"Stop posting, keep a copy of the database, and compare it with the newest backup.",
	},
}

// Kinds lists all kinds.
func Kinds() []Kind {
	kinds := make([]Kind, 0, len(words))
	for k := range words {
		kinds = append(kinds, k)
	}
	return kinds
}

// Say fills the words of a kind with an issue's details.
func Say(kind Kind, details map[string]string) Words {
	w, known := words[kind]
	if !known {
		return Words{Title: string(kind)}
	}
	pairs := make([]string, 0, 2*len(details))
	for name, value := range details {
		pairs = append(pairs, "{"+name+"}", value)
	}
	fill := strings.NewReplacer(pairs...)
	return Words{fill.Replace(w.Title), fill.Replace(w.Meaning), fill.Replace(w.Remedy)}
}
