package pncdev

import (
	"crypto/subtle"
	"encoding/json"
	"io"
	"net/http"
	"strings"

	"golang.org/x/crypto/ocsp"

	"github.com/busbar-ev/busbar/internal/plugandcharge"
)

// Handler is the operator's interface, and its responder.
func (o *Operator) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST "+plugandcharge.ContractsPath, answering(o, o.contract))
	mux.HandleFunc("POST "+plugandcharge.CertificatesPath, answering(o, o.station))
	mux.HandleFunc("POST /ocsp/{authority}", o.respond)
	mux.HandleFunc("GET /crl/{authority}", o.listed)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch how := o.how(r.URL.Path); how {
		case Down:
			http.Error(w, "down", http.StatusServiceUnavailable)
		case Slow:
			_, _ = io.Copy(io.Discard, r.Body) // only then it is noticed that whoever asks has no patience left
			<-r.Context().Done()
		case Garbage:
			_, _ = io.WriteString(w, "<html>welcome</html>")
		case Redirects:
			http.Redirect(w, r, "/elsewhere", http.StatusTemporaryRedirect)
		case Refuses:
			w.WriteHeader(http.StatusConflict)
			_, _ = io.WriteString(w, `{"message":"no contract is waiting for this car"}`)
		case CutOff:
			mux.ServeHTTP(nowhere{http.Header{}}, r)
			panic(http.ErrAbortHandler)
		default:
			mux.ServeHTTP(w, r)
		}
	})
}

func (o *Operator) how(path string) Fault {
	o.mu.Lock()
	f := o.fault
	o.mu.Unlock()
	if f == nil {
		return None
	}
	return f(path)
}

// nowhere is where an answer goes that is lost.
type nowhere struct{ header http.Header }

func (n nowhere) Header() http.Header       { return n.header }
func (nowhere) Write(b []byte) (int, error) { return len(b), nil }
func (nowhere) WriteHeader(int)             {}

// answering decodes a question, does it once for each key, and answers.
func answering[Q any](o *Operator, do func(Q) (any, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		token, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
		if subtle.ConstantTimeCompare([]byte(token), []byte(o.Token)) != 1 {
			http.Error(w, "the token isn't known", http.StatusUnauthorized)
			return
		}
		var q Q
		if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 64<<10)).Decode(&q); err != nil {
			http.Error(w, "the question can't be read", http.StatusBadRequest)
			return
		}
		key := r.URL.Path + " " + r.Header.Get("Idempotency-Key")
		o.mu.Lock()
		defer o.mu.Unlock()
		reply, done := o.replies[key]
		if !done {
			o.made[r.URL.Path]++
			var err error
			if reply, err = do(q); err != nil {
				http.Error(w, err.Error(), http.StatusInternalServerError)
				return
			}
			o.replies[key] = reply
		}
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(reply) // whoever hung up asks again
	}
}

// respond says whether a certificate of one of the authorities counts.
func (o *Operator) respond(w http.ResponseWriter, r *http.Request) {
	a := o.authorities[r.PathValue("authority")]
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 8<<10))
	if a == nil || err != nil {
		http.NotFound(w, r)
		return
	}
	request, err := ocsp.ParseRequest(body)
	if err != nil {
		w.Header().Set("Content-Type", "application/ocsp-response")
		_, _ = w.Write(ocsp.MalformedRequestErrorResponse)
		return
	}
	o.mu.Lock()
	o.made[r.URL.Path]++
	o.mu.Unlock()
	answer, err := o.ask(a, request, o.how(r.URL.Path))
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/ocsp-response")
	_, _ = w.Write(answer)
}

// listed gives an authority's list of what counts no more.
func (o *Operator) listed(w http.ResponseWriter, r *http.Request) {
	a := o.authorities[r.PathValue("authority")]
	if a == nil {
		http.NotFound(w, r)
		return
	}
	list, err := o.list(a)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/pkix-crl")
	_, _ = w.Write(list)
}
