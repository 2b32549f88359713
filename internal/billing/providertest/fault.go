package providertest

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"time"
)

// Fault is what goes wrong with a call.
type Fault struct {
	// Call is which: a method and the beginning of a path, "POST /v1/refunds"; empty means any.
	Call string
	// Times is how often: 0 is once, and less is until Clear.
	Times int
	// Status is answered instead, with words.
	Status int
	Words  string
	// Done means that what was asked for is carried out all the same.
	Done bool
	// Kept means that the idempotency key remembers this answer, as Stripe does with failures of its own.
	Kept bool
	// Lost means that the connection breaks in the middle of the answer.
	Lost bool
	// Delay is how long the answer takes, or until the caller gives up.
	Delay time.Duration
}

// Refused is a call that the provider refuses.
func Refused(call, words string) Fault {
	return Fault{Call: call, Status: http.StatusBadRequest, Words: words}
}

// Broken is a failure of the provider's, before it did anything.
func Broken(call string) Fault {
	return Fault{Call: call, Status: http.StatusInternalServerError, Words: "Something went wrong on the provider's end."}
}

// Lost is a call that is carried out, but whose answer never arrives. The libraries try a call that got no answer again by themselves:
// three times in all for Stripe.
func Lost(call string, times int) Fault {
	return Fault{Call: call, Times: times, Done: true, Lost: true}
}

// Slow is a call that is carried out, and answered after a while.
func Slow(call string, delay time.Duration) Fault { return Fault{Call: call, Done: true, Delay: delay} }

// Fail lets something go wrong. Faults are used up in the order in which they were set.
func (a *Account) Fail(f Fault) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if f.Times == 0 {
		f.Times = 1
	}
	a.faults = append(a.faults, &f)
}

// Clear ends all faults.
func (a *Account) Clear() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.faults = nil
}

func fits(what, method, path string) bool {
	return strings.HasPrefix(method+" "+path, what)
}

// fault is what goes wrong with a call, if anything does.
func (a *Account) fault(method, path string) *Fault {
	for i, f := range a.faults {
		if !fits(f.Call, method, path) {
			continue
		}
		if f.Times > 0 {
			if f.Times--; f.Times == 0 {
				a.faults = append(a.faults[:i:i], a.faults[i+1:]...)
			}
		}
		return f
	}
	return nil
}

// remembered is what an idempotency key remembers: what was asked, and what was answered.
type remembered struct {
	asked  string
	answer answer
}

// answer is what a call is answered.
type answer struct {
	status int
	body   any
	// early means that the request itself was wrong: nothing began, and no key remembers it.
	early bool
}

// dialect is how a provider says what goes wrong.
type dialect struct {
	keyHeader string
	refuse    func(status int, words string) answer
	reused    func() answer
}

// asked is a call as the handlers of both providers take it.
type asked struct {
	*http.Request
	body []byte
}

// serve takes a call through faults and idempotency keys to what does it. The account is locked meanwhile, but not while it waits.
func (a *Account) serve(w http.ResponseWriter, r *http.Request, d dialect, do func(in asked) answer) {
	body, err := io.ReadAll(io.LimitReader(r.Body, 1<<20))
	if err != nil {
		return // whoever asked is gone
	}
	call := Call{Method: r.Method, Path: r.URL.Path, Query: r.URL.RawQuery, Body: string(body), Key: r.Header.Get(d.keyHeader)}
	a.mu.Lock()
	fault := a.fault(r.Method, r.URL.Path)
	var said answer
	if fault == nil || fault.Done {
		said, call.Replayed = a.once(call, d, func() answer { return do(asked{r, body}) })
	}
	if fault != nil && fault.Status != 0 {
		said = d.refuse(fault.Status, fault.Words)
		if fault.Kept && call.Key != "" {
			a.keys[call.Key] = remembered{call.Method + call.Path + call.Body, said}
		}
	}
	call.Status = said.status
	a.calls = append(a.calls, call)
	text, err := json.Marshal(said.body)
	a.mu.Unlock()
	if err != nil {
		panic(err) // a mistake in this package
	}
	if fault != nil && fault.Delay > 0 {
		timer := time.NewTimer(fault.Delay)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-r.Context().Done():
		case <-a.server.ctx.Done():
		}
	}
	w.Header().Set("Content-Type", "application/json")
	if call.Replayed {
		w.Header().Set("Idempotent-Replayed", "true")
	}
	if fault != nil && fault.Lost {
		// Half of the answer, so that the transport of whoever asked can't take it for a connection that was never used.
		w.WriteHeader(http.StatusOK)
		_, _ = w.Write([]byte(`{"`))
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	}
	w.WriteHeader(said.status)
	_, _ = io.Copy(w, bytes.NewReader(text))
}

// once does what was asked, unless its key was there before.
func (a *Account) once(call Call, d dialect, do func() answer) (answer, bool) {
	if call.Key == "" || call.Method != http.MethodPost {
		return do(), false
	}
	asked := call.Method + call.Path + call.Body
	if before, ok := a.keys[call.Key]; ok {
		if before.asked != asked {
			return d.reused(), false
		}
		return before.answer, true
	}
	said := do()
	if !said.early {
		// What is remembered is the answer as it was, not the thing as it is later.
		text, err := json.Marshal(said.body)
		if err != nil {
			panic(err) // a mistake in this package
		}
		a.keys[call.Key] = remembered{asked, answer{status: said.status, body: json.RawMessage(text)}}
	}
	return said, false
}
