package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const schemas = "../../../node_modules/ocpp-rpc/lib/schemas/"

func TestCommittedCodeIsCurrent(t *testing.T) {
	t.Parallel()
	for version, file := range map[string]string{"1.6": "ocpp1_6.json", "2.0.1": "ocpp2_0_1.json", "2.1": "ocpp2_1.json"} {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			out := t.TempDir()
			if err := run(version, schemas+file, out); err != nil {
				t.Fatal(err)
			}
			written, err := filepath.Glob(filepath.Join(out, "*_gen.go"))
			if err != nil || len(written) != 6 {
				t.Fatalf("%d files, %v", len(written), err)
			}
			for _, path := range written {
				want, err := os.ReadFile(path)
				if err != nil {
					t.Fatal(err)
				}
				committed := filepath.Join("../..", flavours[version].pkg, filepath.Base(path))
				got, err := os.ReadFile(committed)
				if err != nil {
					t.Fatal(err)
				}
				if !bytes.Equal(got, want) {
					t.Errorf("%s is not what the generator writes; run go generate ./ocpp/...", committed)
				}
			}
		})
	}
}

func TestEveryActionOfTheSchemasIsThere(t *testing.T) {
	t.Parallel()
	for version, want := range map[string]struct {
		file             string
		actions, answers int
	}{
		"1.6":   {"ocpp1_6.json", 39, 39},
		"2.0.1": {"ocpp2_0_1.json", 64, 64},
		"2.1":   {"ocpp2_1.json", 91, 90}, // the 91st is the SEND message
	} {
		raw, err := os.ReadFile(schemas + want.file)
		if err != nil {
			t.Fatal(err)
		}
		roots, err := load(raw)
		if err != nil {
			t.Fatal(err)
		}
		m, err := build(flavours[version], roots)
		if err != nil {
			t.Fatal(err)
		}
		answers := 0
		for _, a := range m.actions {
			if a.response != nil {
				answers++
			}
		}
		if len(m.actions) != want.actions || answers != want.answers {
			t.Errorf("%s: %d actions with %d answers, want %d and %d", version, len(m.actions), answers, want.actions, want.answers)
		}
	}
}

func TestGeneratorStopsAtWhatItDoesNotKnow(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ text, want string }{
		"keyword":     {`[{"$id":"urn:A.req","type":"object","additionalProperties":false,"properties":{"a":{"type":"string","pattern":"x"}}}]`, "pattern"},
		"multipleOf":  {`[{"$id":"urn:A.req","type":"object","additionalProperties":false,"properties":{"a":{"type":"number","multipleOf":0.5}}}]`, "multipleOf"},
		"open object": {`[{"$id":"urn:A.req","type":"object","properties":{}}]`, "unlisted members"},
		"inline enum": {`[{"$id":"urn:A.req","type":"object","additionalProperties":false,"properties":{"colour":{"type":"string","enum":["x"]}}}]`, "names16.go"},
		"reference":   {`[{"$id":"urn:A.req","type":"object","additionalProperties":false,"properties":{"a":{"$ref":"#/definitions/B"}}}]`, "leads nowhere"},
		"direction":   {`[{"$id":"urn:A.req","type":"object","additionalProperties":false,"properties":{}}]`, "who sends"},
		"two enums": {`[{"$id":"urn:A.req","type":"object","additionalProperties":false,"properties":{"phase":{"type":"string","enum":["x"]}}},
			{"$id":"urn:A.conf","type":"object","additionalProperties":false,"properties":{"phase":{"type":"string","enum":["y"]}}}]`, "two different enums"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			file := filepath.Join(t.TempDir(), "schemas.json")
			if err := os.WriteFile(file, []byte(c.text), 0o600); err != nil {
				t.Fatal(err)
			}
			if err := run("1.6", file, t.TempDir()); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want one about %q", err, c.want)
			}
		})
	}
}

func TestNames(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"idTag": "IDTag", "chargingProfileId": "ChargingProfileID", "evseIds": "EVSEIDs", "APNType": "APNType", "L1-N": "L1N",
		"Energy.Active.Import.Register": "EnergyActiveImportRegister", "iccid": "ICCID", "VatNumberValidation": "VATNumberValidation",
		"responderURL": "ResponderURL", "iso15118SchemaVersion": "ISO15118SchemaVersion", "soC": "SoC",
	} {
		if got := exported(name); got != want {
			t.Errorf("%s became %s, want %s", name, got, want)
		}
	}
}
