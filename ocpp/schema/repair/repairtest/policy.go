// Package repairtest checks what a version's package tells the repairer.
package repairtest

import (
	"reflect"
	"strings"
	"testing"

	"github.com/busbar-ev/busbar/ocpp/schema"
	"github.com/busbar-ev/busbar/ocpp/schema/repair"
)

// Policy fails for a key that names no type or member of the actions' messages: a policy that never applies.
func Policy(t *testing.T, actions map[string]schema.Action, policy *repair.Policy) {
	t.Helper()
	names := map[string]bool{}
	for _, a := range actions {
		collect(names, reflect.TypeOf(a.NewRequest()))
		if a.NewResponse != nil {
			collect(names, reflect.TypeOf(a.NewResponse()))
		}
	}
	check := func(key string) {
		if !names[key] {
			t.Errorf("the policy speaks of %s, which no message has", key)
		}
	}
	for key := range policy.Supply {
		check(key)
	}
	for key := range policy.Demand {
		check(key)
	}
	for key := range policy.Reshape {
		check(key)
	}
}

// collect lists types and their members as a Policy names them.
func collect(names map[string]bool, t reflect.Type) {
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct || names[t.Name()] || t.PkgPath() == reflect.TypeFor[schema.Time]().PkgPath() {
		return
	}
	names[t.Name()] = true
	for i := range t.NumField() {
		f := t.Field(i)
		member, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		names[t.Name()+"."+member] = true
		collect(names, f.Type)
	}
}
