package charging

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

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
)

// TokenInfo is the answer with what belongs to it.
type TokenInfo struct {
	Status  Authorization
	Expiry  time.Time
	GroupID string

	token uuid.UUID
}

// authorize judges an idTag for a station. exceptSession is the session that the tag may be using already.
func (l *Link) authorize(ctx context.Context, tx *db.Tx, idTag string, exceptSession uuid.UUID) (TokenInfo, error) {
	tag := l.tag(idTag)
	var info TokenInfo
	var status string
	var validUntil *time.Time
	var openNetwork bool
	// A token belongs to the whole tenant or to one of its networks; a station of another network doesn't know it.
	err := tx.QueryRow(ctx, `
		select coalesce(t.id, '00000000-0000-0000-0000-000000000000'), coalesce(t.status, ''), t.valid_until, coalesce(t.group_id, ''),
			n.accept_unknown_tokens
		from networks n left join tokens t on t.tenant_id = n.tenant_id and upper(t.id_tag) = upper($2)
			and (t.network_id is null or t.network_id = n.id)
		where n.id = $1`, l.Network, tag).Scan(&info.token, &status, &validUntil, &info.GroupID, &openNetwork)
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
	if info.Status != TokenAccepted || info.token == uuid.Nil {
		return info, nil
	}
	// One token, one car: a session elsewhere keeps the token busy.
	var busy uuid.UUID
	err = tx.QueryRow(ctx, `select id from charging_sessions where tenant_id = $1 and upper(id_tag) = upper($2) and status in ('PENDING', 'RUNNING')
		and id <> $3 and station_id <> $4 limit 1`, l.Tenant, tag, exceptSession, l.Station).Scan(&busy)
	switch {
	case err == nil:
		info.Status = TokenConcurrentTx
	case err != pgx.ErrNoRows:
		return info, fmt.Errorf("look for another session of the token: %w", err)
	}
	return info, nil
}

// noAuthorization is the type of token that a session has which needs none: somebody pressed a button or turned a key.
const noAuthorization = "NoAuthorization"

// authorizeToken judges a token of OCPP 2.x. Without authorisation charges who may charge with any token.
func (l *Link) authorizeToken(ctx context.Context, tx *db.Tx, token IDToken, exceptSession uuid.UUID) (TokenInfo, error) {
	if token.Type != noAuthorization || l.tag(token.Value) != "" {
		return l.authorize(ctx, tx, token.Value, exceptSession)
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
		return l.authorizeToken(ctx, tx, token, uuid.Nil)
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
