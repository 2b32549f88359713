package simulator

import (
	"strings"
	"time"
)

// token is what somebody identifies himself with: an idTag in 1.6, an idToken with its type in 2.x.
type token struct{ id, kind string }

// card is what is held to a reader.
func card(id string) token { return token{id, "ISO14443"} }

func (t token) same(other token) bool { return strings.EqualFold(t.id, other.id) }

// key finds a token in lists; letters' case doesn't matter (OCPP 1.6 §7, CiString).
func (t token) key() string { return strings.ToUpper(t.id) }

// tokenInfo is what is known of a token. The status is a word of OCPP.
type tokenInfo struct {
	status, group string
	expires       time.Time
}

const statusAccepted = "Accepted"

func (i tokenInfo) accepted(now time.Time) bool {
	return i.status == statusAccepted && (i.expires.IsZero() || now.Before(i.expires))
}

// localList is the authorization list that the CSMS keeps on the station.
type localList struct {
	version int64
	entries map[string]tokenInfo
}

// listLimit bounds the local list.
const listLimit = 1000

// listEntry is one entry of an update; no info means that the token is to be taken out.
type listEntry struct {
	token token
	info  *tokenInfo
}

// Outcomes of an update of the local list, in OCPP's words.
const (
	listAccepted = "Accepted"
	listFailed   = "Failed"
	listMismatch = "VersionMismatch"
)

// update replaces or changes the list (OCPP 1.6 §5.15, OCPP 2.0.1 Part 2, D01). It changes all of it or nothing.
func (l *localList) update(version int64, full bool, entries []listEntry) string {
	if version <= 0 {
		return listFailed
	}
	next := map[string]tokenInfo{}
	if !full {
		if version <= l.version {
			return listMismatch
		}
		for key, info := range l.entries {
			next[key] = info
		}
	}
	seen := map[string]bool{}
	for _, e := range entries {
		if seen[e.token.key()] {
			return listFailed // a token twice (D01.FR.09)
		}
		seen[e.token.key()] = true
		if e.info == nil {
			if full {
				return listFailed
			}
			delete(next, e.token.key())
			continue
		}
		next[e.token.key()] = *e.info
	}
	if len(next) > listLimit {
		return listFailed
	}
	l.version, l.entries = version, next
	return listAccepted
}

// known is what the station knows of a token without asking: the local list comes before the cache.
func (s *Station) known(t token) (info tokenInfo, found bool) {
	if s.config.is(keyLocalList) {
		if info, found = s.list.entries[t.key()]; found {
			return info, true
		}
	}
	if s.config.is(keyCache) {
		info, found = s.cache[t.key()]
	}
	return info, found
}
