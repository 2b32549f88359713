package identity

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/busbar-ev/busbar/ent"
	"github.com/busbar-ev/busbar/internal/audit"
	"github.com/busbar-ev/busbar/internal/db"
	"github.com/busbar-ev/busbar/internal/fault"
	"github.com/busbar-ev/busbar/tenancy"
)

// A key reads bb_ + prefix + _ + secret. The prefix finds the row and may be shown; the secret proves.
const (
	keyMark      = "bb_"
	prefixLength = 12
	secretLength = 43
)

// KeySpec describes a key that is made. Network is uuid.Nil for a role in the whole tenant; no scopes mean all that the role may.
type KeySpec struct {
	Name      string
	Role      tenancy.Role
	Network   uuid.UUID
	Scopes    []string
	ExpiresAt *time.Time
}

// CreateAPIKey makes a key. It is returned once; only its hash is kept.
func (s *Service) CreateAPIKey(ctx context.Context, spec KeySpec) (k *ent.APIKey, key string, err error) {
	if spec.Name, err = checkName("name", spec.Name); err != nil {
		return nil, "", err
	}
	if err := checkRole(spec.Role); err != nil {
		return nil, "", err
	}
	if spec.Scopes, err = checkScopes(spec.Scopes); err != nil {
		return nil, "", err
	}
	if spec.ExpiresAt != nil && !spec.ExpiresAt.After(s.now()) {
		return nil, "", fault.In("expiresAt", "The key would have expired already: choose a time to come, or none.")
	}
	prefix, secret := strings.ToLower(rand.Text()[:prefixLength]), newToken()
	err = s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		v, err := mayGrantIn(ctx, tx, tenancy.APIKeyWrite, spec.Network)
		if err != nil {
			return err
		}
		if err := mayGrant(v, spec.Role, spec.Network, spec.Scopes); err != nil {
			return err
		}
		create := tx.Ent.APIKey.Create().SetTenantID(v.Tenant).SetName(spec.Name).SetRole(spec.Role).SetNillableNetworkID(nullable(spec.Network)).
			SetPrefix(prefix).SetHash(s.hashKey(prefix, secret)).SetNillableExpiresAt(spec.ExpiresAt)
		if len(spec.Scopes) > 0 {
			create.SetScopes(spec.Scopes)
		}
		if k, err = create.Save(ctx); err != nil {
			return fmt.Errorf("make the key: %w", err)
		}
		return audit.Write(ctx, tx, audit.Event{Action: "apikey.create", Network: spec.Network, SubjectType: "apikey", SubjectID: k.ID.String(),
			Details: map[string]any{"name": spec.Name, "role": spec.Role, "scopes": spec.Scopes}})
	})
	if err != nil {
		return nil, "", err
	}
	return k, keyMark + prefix + "_" + secret, nil
}

// RevokeAPIKey ends a key within seconds, on every node and in every open socket. Revoking it again changes nothing.
func (s *Service) RevokeAPIKey(ctx context.Context, id uuid.UUID) (revoked *ent.APIKey, err error) {
	err = s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		k, err := tx.Ent.APIKey.Get(ctx, id)
		if ent.IsNotFound(err) {
			return fault.Missing("API key")
		}
		if err != nil {
			return fmt.Errorf("load the key: %w", err)
		}
		v, err := allowed(ctx, tenancy.APIKeyWrite, orNone(k.NetworkID), "API key")
		if err != nil {
			return err
		}
		if !outranks(v, k.Role, orNone(k.NetworkID)) {
			return fault.New(fault.Forbidden, "This key's role is above yours: ask somebody who holds it.")
		}
		if k.RevokedAt != nil {
			revoked = k
			return nil
		}
		if revoked, err = tx.Ent.APIKey.UpdateOne(k).SetRevokedAt(s.now()).Save(ctx); err != nil {
			return fmt.Errorf("revoke the key: %w", err)
		}
		tx.AfterCommit(func() {
			s.keys.drop(k.Prefix)
			s.revoked(ctx, revocation{Key: k.ID})
		})
		return audit.Write(ctx, tx, audit.Event{Action: "apikey.revoke", Network: orNone(k.NetworkID), SubjectType: "apikey", SubjectID: id.String(),
			Details: map[string]any{"name": k.Name}})
	})
	if err != nil {
		return nil, err
	}
	return revoked, nil
}

// hashKey is keyed with a secret from outside the database, so that a stolen table opens nothing.
func (s *Service) hashKey(prefix, secret string) []byte {
	mac := hmac.New(sha256.New, s.keySecret)
	mac.Write([]byte(prefix + "_" + secret))
	return mac.Sum(nil)
}

// splitKey takes a key apart. The secret may hold underscores itself, so lengths decide.
func splitKey(key string) (prefix, secret string, ok bool) {
	rest, marked := strings.CutPrefix(key, keyMark)
	if !marked || len(rest) != prefixLength+1+secretLength || rest[prefixLength] != '_' {
		return "", "", false
	}
	return rest[:prefixLength], rest[prefixLength+1:], true
}
