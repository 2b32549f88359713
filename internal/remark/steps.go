package remark

// Other is a sentence without a code: its detail "text" is the whole of it.
const Other Code = "OTHER"

// What is said of steps by which a station's security is changed.
const (
	AskedAnew             Code = "ASKED_ANEW"
	BeingDelivered        Code = "BEING_DELIVERED"
	CameBack              Code = "CAME_BACK"
	Cancelled             Code = "CANCELLED"
	CertificateInUse      Code = "CERTIFICATE_IN_USE"
	CertificateKept       Code = "CERTIFICATE_KEPT"
	CertificateNotTaken   Code = "CERTIFICATE_NOT_TAKEN"
	CertificateOffered    Code = "CERTIFICATE_OFFERED_AGAIN"
	CertificateRequested  Code = "CERTIFICATE_REQUESTED"
	CertificateSigned     Code = "CERTIFICATE_SIGNED"
	CertificateTaken      Code = "CERTIFICATE_TAKEN"
	ConnectedByProfile    Code = "CONNECTED_BY_PROFILE"
	ConnectsNewWay        Code = "CONNECTS_NEW_WAY"
	ConnectsSoAlready     Code = "CONNECTS_SO_ALREADY"
	DidNotReconnect       Code = "DID_NOT_RECONNECT"
	DowngradeNotAllowed   Code = "DOWNGRADE_NOT_ALLOWED"
	NameNotSupported      Code = "NAME_NOT_SUPPORTED"
	NameSet               Code = "NAME_SET"
	NetworkOrderUnknown   Code = "NETWORK_ORDER_UNKNOWN"
	NetworksKnown         Code = "NETWORKS_KNOWN"
	NetworkSlotsFull      Code = "NETWORK_SLOTS_FULL"
	NetworkWritten        Code = "NETWORK_WRITTEN"
	NeverReached          Code = "NEVER_REACHED"
	NewWayPreferred       Code = "NEW_WAY_PREFERRED"
	NoAnswer              Code = "NO_ANSWER"
	NoProfileSetting      Code = "NO_PROFILE_SETTING"
	NoSecretKey           Code = "NO_SECRET_KEY"
	NoTLSEndpoint         Code = "NO_TLS_ENDPOINT"
	OldWayCounts          Code = "OLD_WAY_COUNTS"
	OldWaysKept           Code = "OLD_WAYS_KEPT"
	OldWaysRemoved        Code = "OLD_WAYS_REMOVED"
	OrderNotRestored      Code = "ORDER_NOT_RESTORED"
	OrderRestored         Code = "ORDER_RESTORED"
	OrderRestoredLater    Code = "ORDER_RESTORED_LATER"
	PasswordInUse         Code = "PASSWORD_IN_USE"
	PasswordLacking       Code = "PASSWORD_LACKING"
	PasswordMade          Code = "PASSWORD_MADE"
	PasswordNotUsed       Code = "PASSWORD_NOT_USED"
	PasswordPerhapsTaken  Code = "PASSWORD_PERHAPS_TAKEN"
	PasswordSeen          Code = "PASSWORD_SEEN"
	PasswordTaken         Code = "PASSWORD_TAKEN"
	PasswordWithdrawn     Code = "PASSWORD_WITHDRAWN"
	ProfileChangeable     Code = "PROFILE_CHANGEABLE"
	ProfileLowered        Code = "PROFILE_LOWERED"
	ProfileRequired       Code = "PROFILE_REQUIRED"
	ProfileSet            Code = "PROFILE_SET"
	RefusedByStation      Code = "REFUSED_BY_STATION"
	RenewalFirst          Code = "RENEWAL_FIRST"
	RequestAskedFor       Code = "REQUEST_ASKED_FOR"
	RequestMissing        Code = "REQUEST_MISSING"
	Restarts              Code = "RESTARTS"
	RestartWaits          Code = "RESTART_WAITS"
	RootConfirmed         Code = "ROOT_CONFIRMED"
	RootListed            Code = "ROOT_LISTED"
	RootNext              Code = "ROOT_NEXT"
	RootNotListed         Code = "ROOT_NOT_LISTED"
	RootsKnown            Code = "ROOTS_KNOWN"
	RootTaken             Code = "ROOT_TAKEN"
	RootThere             Code = "ROOT_THERE"
	SetUpByHand           Code = "SET_UP_BY_HAND"
	StationOnline         Code = "STATION_ONLINE"
	ToldToSwitch          Code = "TOLD_TO_SWITCH"
	TookTooLong           Code = "TOOK_TOO_LONG"
	TriedAgain            Code = "TRIED_AGAIN"
	UnknownOperation      Code = "UNKNOWN_OPERATION"
	WaitingForCertificate Code = "WAITING_FOR_CERTIFICATE"
	WaitingForPassword    Code = "WAITING_FOR_PASSWORD"
	WaitingForProfile     Code = "WAITING_FOR_PROFILE"
	WaitingForRequest     Code = "WAITING_FOR_REQUEST"
	WaitingForSession     Code = "WAITING_FOR_SESSION"
	WaitingForStation     Code = "WAITING_FOR_STATION"
)

var stepTemplates = map[Code]string{
	Other:                 "{text}",
	AskedAnew:             "It connected anew, and was asked again.",
	BeingDelivered:        "The certificate is being delivered.",
	CameBack:              "The station came back by security profile {profile}: it couldn't connect by {wanted}.",
	Cancelled:             "It was cancelled by {name}.",
	CertificateInUse:      "The station connected with its new certificate.",
	CertificateKept:       "The station keeps its certificate; it connects by password.",
	CertificateNotTaken:   "The station doesn't take its certificate.",
	CertificateOffered:    "The station didn't take its certificate yet, and is offered it again.",
	CertificateRequested:  "The station asked for a certificate.",
	CertificateSigned:     "Its certificate was signed.",
	CertificateTaken:      "The station took its certificate.",
	ConnectedByProfile:    "The station connected by security profile {profile}.",
	ConnectsNewWay:        "The station connects the new way.",
	ConnectsSoAlready:     "The station connects so already.",
	DidNotReconnect:       "The station agreed to connect anew, and didn't.",
	DowngradeNotAllowed:   "It may take a lower profile only once SecurityCtrlr.AllowSecurityProfileDowngrade is set.",
	NameNotSupported:      "The station has no place for the organization's name; its certificate bears it anyway.",
	NameSet:               "The station knows the organization's name.",
	NetworkOrderUnknown:   "The station doesn't say in which order it tries its networks, so nothing can be put before them.",
	NetworksKnown:         "The station said which networks it uses.",
	NetworkSlotsFull:      "All of the station's slots for networks are in use: take one out of {key} first.",
	NetworkWritten:        "The new way to connect is in slot {slot}.",
	NeverReached:          "The station was never reached.",
	NewWayPreferred:       "The station tries the new way first, and the old one after it.",
	NoAnswer:              "The station didn't answer, and is asked again.",
	NoProfileSetting:      "The station has no setting SecurityProfile, as the security extension of OCPP 1.6 asks for: update its firmware, or set its security up by hand.",
	NoSecretKey:           "This server has no secret key with which to keep a password until the station has it: set one first.",
	NoTLSEndpoint:         "This server has no TLS endpoint for stations: set BUSBAR_TLS_LISTEN, or name the certificate, first.",
	OldWayCounts:          "Its old way to connect counts on.",
	OldWaysKept:           "The station keeps its less secure ways to connect in its order; they don't let it in any more.",
	OldWaysRemoved:        "The station's less secure ways to connect were taken out of its order.",
	OrderNotRestored:      "Its order of networks couldn't be put back: it tries the new way first, and connects the old way after that.",
	OrderRestored:         "Its order of networks was put back.",
	OrderRestoredLater:    "Its order of networks is put back as soon as it can be told.",
	PasswordInUse:         "The station uses its new password.",
	PasswordLacking:       "It has no password here: give it one on its page.",
	PasswordMade:          "A new password was made. The old one counts until the station uses the new one.",
	PasswordNotUsed:       "The station took the new password and still connects with the old one. Both count.",
	PasswordPerhapsTaken:  "The station may have the new password: that and the old one count until it is seen which.",
	PasswordSeen:          "The station connected with its new password. The old one counts no more.",
	PasswordTaken:         "The station took its new password.",
	PasswordWithdrawn:     "The new password was withdrawn; the old one counts.",
	ProfileChangeable:     "The station can change its security profile.",
	ProfileLowered:        "Security profile {profile} is enough from now on.",
	ProfileRequired:       "Security profile {profile} is required from now on.",
	ProfileSet:            "The station has the new profile set.",
	RefusedByStation:      "The station refused: {message}",
	RenewalFirst:          "The station is let in only for a new certificate: renew that first.",
	RequestAskedFor:       "The station was asked to have a certificate signed.",
	RequestMissing:        "The station agreed to ask for a certificate and didn't.",
	Restarts:              "The station restarts.",
	RestartWaits:          "The station must restart, and waits until no session runs on it.",
	RootConfirmed:         "The station has the root.",
	RootListed:            "The station lists the root.",
	RootNext:              "The station took a root, and is given the next one.",
	RootNotListed:         "The station said that it installed the root, and doesn't list it.",
	RootsKnown:            "The station said which roots it has.",
	RootTaken:             "The station took the root.",
	RootThere:             "The station has the root already.",
	SetUpByHand:           "The station itself can't be told over OCPP: set it up by hand.",
	StationOnline:         "The station is online.",
	ToldToSwitch:          "The station was told to connect the new way.",
	TookTooLong:           "It took too long.",
	TriedAgain:            "This couldn't be done just now, and is tried again.",
	UnknownOperation:      "Nobody knows how to do this any more.",
	WaitingForCertificate: "Waiting for the station to connect with its new certificate.",
	WaitingForPassword:    "Waiting for the station to connect with its new password.",
	WaitingForProfile:     "Waiting for the station to connect by security profile {profile}.",
	WaitingForRequest:     "Waiting for the station's request.",
	WaitingForSession:     "Waiting until no session runs on the station.",
	WaitingForStation:     "Waiting for the station to come online.",
}
