package remark_test

import (
	"encoding/json"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/busbar-ev/busbar/internal/remark"
)

// A sentence is its template with what goes into it, and what comes from outside is never taken for a gap to fill.
func TestRemark_FillsItsTemplate(t *testing.T) {
	t.Parallel()
	said := []remark.Remark{remark.New(remark.CameBack, "profile", 1, "wanted", 2), remark.New(remark.TLSFailed, "detail", "{profile} {text}")}
	said = append(said, remark.Said(" The maker says no. ")...)
	want := "The station came back by security profile 1: it couldn't connect by 2. The TLS handshake failed: {profile} {text}. The maker says no."
	if got := remark.Text(said); got != want {
		t.Errorf("it says %q", got)
	}
	if list := remark.Said(" "); list != nil {
		t.Errorf("no words make the remark %v", list)
	}
}

// A remark of a version that knew more is told in the text that it brings, and by nothing where it brings none.
func TestRemark_OfALaterVersion(t *testing.T) {
	t.Parallel()
	var r remark.Remark
	if err := json.Unmarshal([]byte(`{"code": "OF_LATER", "details": {"text": "As it was said."}}`), &r); err != nil {
		t.Fatal(err)
	}
	if got := r.String(); got != "As it was said." {
		t.Errorf("it says %q", got)
	}
}

var gaps = regexp.MustCompile(`\{\{(\w+)\}\}`)

// The portal has words for every code, and its English ones are the server's.
func TestPortalSaysEveryRemark(t *testing.T) {
	t.Parallel()
	for _, language := range []string{"en", "nl", "de", "hi"} {
		content, err := os.ReadFile("../../frontend/src/i18n/remarks/" + language + ".json")
		if err != nil {
			t.Fatal(err)
		}
		var words struct{ Remark map[remark.Code]string }
		if err := json.Unmarshal(content, &words); err != nil {
			t.Fatal(err)
		}
		for _, code := range remark.Codes() {
			text, found := words.Remark[code]
			switch template := remark.Templates()[code]; {
			case !found:
				t.Errorf("%s has no words for %s", language, code)
			case language == "en" && gaps.ReplaceAllString(text, "{$1}") != template:
				t.Errorf("the portal says %q for %s, and the server %q", text, code, template)
			case strings.Count(text, "{{") != strings.Count(template, "{"):
				t.Errorf("%s has other gaps in %s than %q", language, code, template)
			}
		}
	}
}
