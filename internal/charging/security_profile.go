package charging

import (
	"context"
	"crypto/x509"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"

	"github.com/busbar-ev/busbar/ent"
	"github.com/busbar-ev/busbar/internal/db"
	"github.com/busbar-ev/busbar/internal/fault"
	"github.com/busbar-ev/busbar/internal/remark"
)

// A station is brought to another security profile (OCPP 2.0.1 A05, security whitepaper A05):
//
//	CHECK ─> LIST, INSTALL_ROOT, CONFIRM (our root) ─> MAKE, SEND (a password, where it has none) ─> NAME, ASK, SIGN, INSTALL (a certificate, for 3)
//	   ─> SLOT, PRIORITY (OCPP 2.x: a network profile beside the one in use) ─> SWITCH (restart; in 1.6 the setting) ─> CONNECT (it was seen)
//	   ─> REQUIRE (the old way counts no more) ─> TIDY
//
// Until REQUIRE the station may connect the old way and the new one. In OCPP 2.x it tries the new network profile first and falls back to the
// old one by itself; in 1.6 it goes back to the old profile where it can't connect by the new one.
//
// A downgrade needs two people. In OCPP 2.x a station goes from 3 to 2 the same way, with what we require lowered first (LOWER). In every other
// case no message of OCPP can do it: only what we require is lowered, so that the station can be set up by hand.

// profilePatience is how long the whole may take: the station may be offline, or busy.
const profilePatience = 7 * 24 * time.Hour

// UpgradeSpec is which stations are to be brought to which security profile.
type UpgradeSpec struct {
	Stations []uuid.UUID
	// Profile is 0 to 3. Below what a station has it needs a Reason, and somebody else's approval.
	Profile int
	Reason  string
}

func profileFlow() *flow {
	return &flow{
		stages: []stage{
			{key: "CHECK", do: checkProfile},
			{key: "LIST", do: when(needsRoot, listRoots)},
			{key: "INSTALL_ROOT", do: when(needsRoot, installRoots)},
			{key: "CONFIRM", do: when(needsRoot, confirmRoots)},
			{key: "LOWER", do: when(goesDown, lowerRequirement)},
			{key: "MAKE", do: when(needsPassword, makePassword)},
			{key: "SEND", do: when(needsPassword, sendPassword)},
			{key: "NAME", do: when(needsCertificate, nameOrganization)},
			{key: "ASK", do: when(needsCertificate, askForRequest)},
			{key: "SIGN", do: when(needsCertificate, awaitSigned)},
			{key: "INSTALL", do: when(needsCertificate, awaitInstalled)},
			{key: "SLOT", do: when(needsNetwork, writeNetwork)},
			{key: "PRIORITY", do: when(needsNetwork, preferNetwork)},
			{key: "SWITCH", do: when(needsSwitch, switchProfile)},
			{key: "CONNECT", do: when(overOCPP, awaitProfile)},
			{key: "REQUIRE", do: when(goesUp, requireProfile), final: true},
			{key: "TIDY", do: when(needsNetwork, tidyNetworks), final: true},
		},
		undo:     undoProfile,
		patience: profilePatience,
		what:     func(o *operation) string { return fmt.Sprintf("security profile %d", o.to()) },
	}
}

// when makes a stage that is left out where it isn't needed.
func when(needed func(o *operation) bool, do func(ctx context.Context, s *Service, o *operation) (verdict, error)) func(ctx context.Context, s *Service, o *operation) (verdict, error) {
	return func(ctx context.Context, s *Service, o *operation) (verdict, error) {
		if !needed(o) {
			return advance(), nil
		}
		return do(ctx, s, o)
	}
}

func (o *operation) from() int { return profileOr0(o.FromProfile) }
func (o *operation) to() int   { return profileOr0(o.ToProfile) }

func profileOr0(p *int) int {
	if p == nil {
		return 0
	}
	return *p
}

func goesDown(o *operation) bool { return o.to() < o.from() }
func goesUp(o *operation) bool   { return !goesDown(o) }

// overOCPP reports whether the station itself is told: a station of OCPP 2.x may go down from 3 to 2, and no station any other way down.
func overOCPP(o *operation) bool {
	return goesUp(o) || o.State.Version != "1.6" && o.from() == 3 && o.to() == 2
}
func needsSwitch(o *operation) bool      { return overOCPP(o) && !o.State.Met }
func needsNetwork(o *operation) bool     { return needsSwitch(o) && o.State.Version != "1.6" }
func needsRoot(o *operation) bool        { return needsSwitch(o) && goesUp(o) && o.to() >= 2 }
func needsCertificate(o *operation) bool { return needsSwitch(o) && o.to() == 3 }

// needsPassword: one at profile 0 or 3 has none.
func needsPassword(o *operation) bool {
	return needsSwitch(o) && o.to() < 3 && (o.from() == 0 || goesDown(o))
}

// errNoTLS refuses what needs the station to come over TLS where this server has none.
var errNoTLS = fault.New(fault.Conflict, "This server has no TLS endpoint for stations: set BUSBAR_TLS_LISTEN, or name the certificate, first.")

// UseServerTLS says by which roots stations believe this server, and where they reach it: wss://host:port, without path.
func (s *Service) UseServerTLS(roots func() []*x509.Certificate, url func() string) {
	s.serverRoots, s.serverURL = roots, url
}

// UpgradeProfile begins to bring stations to a security profile. What stands against one of several is told beside those that were begun. Going
// down makes a request that another person has to approve.
func (s *Service) UpgradeProfile(ctx context.Context, spec UpgradeSpec) (*Upgrade, error) {
	spec.Reason = strings.TrimSpace(spec.Reason)
	var valid error
	switch {
	case spec.Profile < 0 || spec.Profile > 3:
		valid = fault.In("profile", "Security profiles go from 0 to 3: %d isn't one.", spec.Profile)
	case utf8.RuneCountInString(spec.Reason) > maxReason:
		valid = errReason
	}
	return s.beginAll(ctx, spec.Stations, valid, func(ctx context.Context, tx *db.Tx, st *ent.Station) (NewOperation, error) {
		n := NewOperation{Kind: OperationProfile, ToProfile: &spec.Profile, Reason: spec.Reason}
		switch err := s.mayChangeProfile(ctx, tx, st, spec); {
		case err != nil:
			return n, err
		case spec.Profile > st.SecurityProfile:
			return n, nil
		}
		n.AsApproval = true
		return n, nil
	})
}

func (s *Service) mayChangeProfile(ctx context.Context, tx *db.Tx, st *ent.Station, spec UpgradeSpec) error {
	up := spec.Profile > st.SecurityProfile
	switch {
	case spec.Profile == st.SecurityProfile:
		return fault.New(fault.Conflict, "The station has security profile %d already.", spec.Profile)
	case st.Onboarding != "ONBOARDED" && up:
		return fault.New(fault.Conflict, "The station isn't onboarded yet: it has to connect and boot first.")
	case !up && spec.Reason == "":
		return errReason
	case up && spec.Profile >= 2 && (s.serverRoots == nil || s.serverURL == nil):
		return errNoTLS
	case up && spec.Profile == 3:
		return s.mustSign(ctx, tx)
	case s.box == nil && (st.SecurityProfile == 0 && up || st.SecurityProfile == 3 && spec.Profile == 2 && st.ConnectionVersion != "1.6"):
		return errNoBox
	}
	return nil
}

// checkProfile looks what the station is and what it can, before anything is changed.
func checkProfile(ctx context.Context, s *Service, o *operation) (verdict, error) {
	p, err := s.presence(ctx, o.Station)
	if err != nil {
		return verdict{}, err
	}
	if goesDown(o) && (p.version == "1.6" || p.version == "" || o.from() != 3 || o.to() != 2) {
		o.State.Version = "1.6" // nothing is asked of it
		return advance(), nil
	}
	switch {
	case !p.online:
		return waitUntil(s.now().Add(time.Hour), remark.New(remark.WaitingForStation)), nil
	case p.renewalOnly:
		return fails(remark.New(remark.RenewalFirst)), nil
	}
	o.State.Version = p.version
	if goesUp(o) && met(o, p) {
		o.State.Met = true
		o.State.Certificate = p.certificate
		return advance(remark.New(remark.ConnectsSoAlready)), nil
	}
	if p.version != "1.6" {
		return advance(remark.New(remark.StationOnline)), nil
	}
	end, err := s.give(ctx, o, GetConfigurationOrder{Keys: []string{"SecurityProfile"}})
	v, done := outcome(s, end, err, remark.New(remark.ProfileChangeable))
	if !done {
		return verdict{}, err
	}
	if has(end, "UnknownVariable") {
		return fails(remark.New(remark.NoProfileSetting)), nil
	}
	return v, nil
}

// has reports whether a result about variables has a status.
func has(end commandEnd, statuses ...string) bool {
	for _, result := range end.outcome.Results {
		if v, ok := result.(VariableResult); ok {
			for _, status := range statuses {
				if v.Status == status {
					return true
				}
			}
		}
	}
	return false
}

// nameOrganization tells the station under which name its certificate is asked for (A00.FR.404). One that has no such setting asks without: the
// certificate bears the name anyway.
func nameOrganization(ctx context.Context, s *Service, o *operation) (verdict, error) {
	policy, err := s.authorities.Policy(ctx)
	if err != nil {
		return verdict{}, err
	}
	key := "SecurityCtrlr.OrganizationName"
	if o.State.Version == "1.6" {
		key = "CpoName"
	}
	end, err := s.give(ctx, o, ChangeConfigurationOrder{Key: key, Value: policy.Organization})
	v, done := outcome(s, end, err, remark.New(remark.NameSet))
	if !done {
		return verdict{}, err
	}
	if v.kind == "fail" && (end.erred || has(end, "NotSupported", "UnknownVariable", "UnknownComponent", "NotSupportedAttributeType")) {
		return advance(remark.New(remark.NameNotSupported)), nil
	}
	return v, nil
}

// met reports whether a station that is online is connected by the profile.
func met(o *operation, p presence) bool {
	switch {
	case !p.online || p.renewalOnly || p.profile < o.to():
		return false
	case goesDown(o):
		return p.profile == o.to()
	case o.to() == 3:
		return p.certificate != uuid.Nil
	}
	return true
}

// requireProfile has the old way count no more, now that the station was seen coming the new one.
func requireProfile(ctx context.Context, s *Service, o *operation) (verdict, error) {
	_, err := s.db.Exec(ctx, `update stations set security_profile = $2, updated_at = $3,
			password_salt = case when $2 < 3 then password_salt end, password_mac = case when $2 < 3 then password_mac end,
			next_password_salt = case when $2 < 3 then next_password_salt end, next_password_mac = case when $2 < 3 then next_password_mac end
		where id = $1 and removed_at is null`, o.Station, o.to(), s.now())
	if err != nil {
		return verdict{}, fmt.Errorf("require the new security profile: %w", err)
	}
	return advance(remark.New(remark.ProfileRequired, "profile", o.to())), nil
}

// lowerRequirement lets the station in by a lower profile.
func lowerRequirement(ctx context.Context, s *Service, o *operation) (verdict, error) {
	if _, err := s.db.Exec(ctx, "update stations set security_profile = $2, updated_at = $3 where id = $1 and removed_at is null", o.Station, o.to(), s.now()); err != nil {
		return verdict{}, fmt.Errorf("lower what is required of the station: %w", err)
	}
	words := []remark.Remark{remark.New(remark.ProfileLowered, "profile", o.to())}
	if !overOCPP(o) {
		words = append(words, remark.New(remark.SetUpByHand))
		if o.from() == 3 && o.to() > 0 {
			words = append(words, remark.New(remark.PasswordLacking))
		}
	}
	return advance(words...), nil
}
