// Package remark owns sentences that the server says about stations: each has a code, a text in English, and details that go into it. Whoever
// shows them says them in another language by their codes; whoever doesn't know a code has the text.
//
//	New(code, details) ─> stored with its code ─┬─> Text: English, for the API's users and the log
//	                                            └─> code and details ─> the portal's words in the reader's language
//
// The portal's English words are these templates: a test compares the two.
package remark

import (
	"fmt"
	"slices"
	"strings"
)

// Code says which sentence a remark is.
type Code string

// Remark is one sentence.
type Remark struct {
	Code    Code              `json:"code"`
	Details map[string]string `json:"details,omitempty"`
}

// New makes a remark; details are names and values in turn.
func New(code Code, details ...any) Remark {
	r := Remark{Code: code}
	for i := 0; i+1 < len(details); i += 2 {
		if r.Details == nil {
			r.Details = map[string]string{}
		}
		r.Details[fmt.Sprint(details[i])] = fmt.Sprint(details[i+1])
	}
	return r
}

// Said is a sentence that has no code: what a station or a fault says in words of its own. Without words it is none.
func Said(text string) []Remark {
	if text = strings.TrimSpace(text); text == "" {
		return nil
	}
	return []Remark{New(Other, "text", text)}
}

// String is the sentence in English.
func (r Remark) String() string {
	template, known := Templates()[r.Code]
	if !known {
		return r.Details["text"]
	}
	pairs := make([]string, 0, 2*len(r.Details))
	for name, value := range r.Details {
		pairs = append(pairs, "{"+name+"}", value)
	}
	return strings.TrimSpace(strings.NewReplacer(pairs...).Replace(template))
}

// Text is several sentences, one after the other.
func Text(list []Remark) string {
	texts := make([]string, 0, len(list))
	for _, r := range list {
		texts = append(texts, r.String())
	}
	return strings.Join(texts, " ")
}

// Codes lists all codes, in their order.
func Codes() []Code {
	list := make([]Code, 0, len(Templates()))
	for code := range Templates() {
		list = append(list, code)
	}
	slices.Sort(list)
	return list
}
