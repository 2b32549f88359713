package charging

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/busbar-ev/busbar/internal/db"
)

// Authorization is what a station is told about an idTag (OCPP 1.6 §7.2).
type Authorization string

// The answers to a token.
const (
	TokenAccepted     Authorization = "Accepted"
	TokenBlocked      Authorization = "Blocked"
	TokenExpired      Authorization = "Expired"
	TokenInvalid      Authorization = "Invalid"
	TokenConcurrentTx Authorization = "ConcurrentTx"
	TokenNoCredit     Authorization = "NoCredit"
)

// TokenInfo is the answer with what belongs to it.
type TokenInfo struct {
	Status  Authorization
	Expiry  time.Time
	GroupID string
	// Driver is whose token it is, and Wallet what pays for it; nil where nobody has it.
	Driver, Wallet uuid.UUID

	token uuid.UUID
}

// use is what a token is presented for.
type use struct {
	// session is the one that the token begins, or that it may be using already.
	session uuid.UUID
	// evseNo is where a session begins with the token; 0 where none begins.
	evseNo int
}

// authorize judges an idTag for a station. What the token's wallet says comes on top, where the answer is TokenAccepted.
func (l *Link) authorize(ctx context.Context, tx *db.Tx, idTag string, u use) (TokenInfo, error) {
	info, err := l.judge(ctx, tx, idTag)
	if err != nil || info.Status != TokenAccepted || info.token == uuid.Nil {
		return info, err
	}
	busy, err := l.busy(ctx, tx, idTag, u)
	switch {
	case err != nil:
		return info, err
	case busy:
		info.Status = TokenConcurrentTx
	case u.evseNo == 0:
		// A start asks for more than a full wallet: that it covers what is set aside.
		return info, l.credit(ctx, tx, idTag, &info)
	}
	return info, nil
}

// judge says what is known of a token, whatever it is presented for. A token is as good as its driver: those of a blocked one are
// blocked.
func (l *Link) judge(ctx context.Context, tx *db.Tx, idTag string) (TokenInfo, error) {
	tag := l.tag(idTag)
	var info TokenInfo
	var status string
	var validUntil *time.Time
	var openNetwork bool
	// A token belongs to the whole tenant or to one of its networks; a station of another network doesn't know it.
	err := tx.QueryRow(ctx, `
		select coalesce(t.id, '00000000-0000-0000-0000-000000000000'), case when d.status = 'BLOCKED' then 'BLOCKED' else coalesce(t.status, '') end,
			t.valid_until, coalesce(t.group_id, ''), n.accept_unknown_tokens,
			coalesce(d.id, '00000000-0000-0000-0000-000000000000'), coalesce(w.id, '00000000-0000-0000-0000-000000000000')
		from networks n left join tokens t on t.tenant_id = n.tenant_id and upper(t.id_tag) = upper($2)
				and (t.network_id is null or t.network_id = n.id)
			left join drivers d on d.tenant_id = t.tenant_id and d.id = t.driver_id
			left join wallets w on w.driver_id = d.id and w.network_id = n.id
		where n.id = $1`, l.Network, tag).Scan(&info.token, &status, &validUntil, &info.GroupID, &openNetwork, &info.Driver, &info.Wallet)
	if err != nil {
		return info, fmt.Errorf("look up token: %w", err)
	}
	if validUntil != nil {
		info.Expiry = *validUntil
	}
	switch {
	case status == "" && openNetwork && tag != "":
		info.Status = TokenAccepted
	case status == "":
		info.Status = TokenInvalid
	case status == "BLOCKED":
		info.Status = TokenBlocked
	case validUntil != nil && !validUntil.After(l.service.now()):
		info.Status = TokenExpired
	default:
		info.Status = TokenAccepted
	}
	return info, nil
}

// busy reports whether a session elsewhere keeps the token from another one: OCPP lets an identifier be in one transaction at a time
// (OCPP 1.6 §7.2, OCPP 2.0.1 Part 2 §3.4). Two tokens of one driver are two identifiers, and may charge two cars. At its own station
// a token is busy only for a start at another EVSE: there it is also presented to end the session.
func (l *Link) busy(ctx context.Context, tx *db.Tx, idTag string, u use) (busy bool, err error) {
	err = tx.QueryRow(ctx, `select exists (select from charging_sessions where tenant_id = $1 and upper(id_tag) = upper($2)
		and status in ('PENDING', 'RUNNING') and coalesce(authorization_status, 'Accepted') = 'Accepted'
		and id <> $3 and (station_id <> $4 or $5 > 0 and evse_no <> $5))`,
		l.Tenant, l.tag(idTag), u.session, l.Station, u.evseNo).Scan(&busy)
	if err != nil {
		return false, fmt.Errorf("look for another session of the token: %w", err)
	}
	return busy, nil
}

// noAuthorization is the type of token that a session has which needs none: somebody pressed a button or turned a key.
const noAuthorization = "NoAuthorization"

// authorizeToken judges a token of OCPP 2.x. Without authorisation charges who may charge with any token.
func (l *Link) authorizeToken(ctx context.Context, tx *db.Tx, token IDToken, u use) (TokenInfo, error) {
	if token.Type != noAuthorization || l.tag(token.Value) != "" {
		return l.authorize(ctx, tx, token.Value, u)
	}
	info := TokenInfo{Status: TokenInvalid}
	var open bool
	if err := tx.QueryRow(ctx, "select accept_unknown_tokens from networks where id = $1", l.Network).Scan(&open); err != nil {
		return info, fmt.Errorf("look up the network: %w", err)
	}
	if open {
		info.Status = TokenAccepted
	}
	return info, nil
}

// AuthorizeToken answers whether a token of OCPP 2.x may charge.
func (l *Link) AuthorizeToken(ctx context.Context, token IDToken, rows Rows[TokenInfo]) (TokenInfo, error) {
	return inExchange(ctx, l, rows, func(ctx context.Context, tx *db.Tx) (TokenInfo, error) {
		return l.authorizeToken(ctx, tx, token, use{})
	})
}

// cleanTag drops what readers add by accident: control characters, and the blanks and backslashes at the end.
func cleanTag(idTag string) string {
	tag := strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r == '\uFFFD' {
			return -1
		}
		return r
	}, idTag)
	return clip(strings.TrimRight(strings.TrimSpace(tag), `\`), 255)
}
