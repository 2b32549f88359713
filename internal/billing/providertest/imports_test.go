package providertest_test

import (
	"encoding/json"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// No product code but the demo's imports test equipment: nobody is ever paid by it.
func TestImports_OnlyTheDemoMay(t *testing.T) {
	t.Parallel()
	const module = "github.com/busbar-ev/busbar"
	out, err := exec.Command("go", "list", "-e", "-json=ImportPath,Imports", module+"/...").Output()
	if err != nil {
		t.Fatalf("list the packages: %v", err)
	}
	decoder, listed := json.NewDecoder(strings.NewReader(string(out))), 0
	for ; decoder.More(); listed++ {
		var p struct {
			ImportPath string
			Imports    []string
		}
		if err := decoder.Decode(&p); err != nil {
			t.Fatal(err)
		}
		if slices.Contains(p.Imports, module+"/internal/billing/providertest") && p.ImportPath != module+"/cmd/busbar" {
			t.Errorf("%s imports the stand-in for payment providers: only tests and the demo of cmd/busbar may", p.ImportPath)
		}
	}
	if listed < 20 {
		t.Errorf("only %d packages were listed", listed)
	}
}
