package frame

import (
	"strconv"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/uuid"
)

// NewID makes a message id: 36 characters, unique beyond the connection, ordered by time.
func NewID() string { return uuid.Must(uuid.NewV7()).String() }

// AppendCall appends [2,id,action,payload]. The payload is JSON; nil stands for {}.
func AppendCall(b []byte, id, action string, payload []byte) []byte {
	return appendRequest(b, Call, id, action, payload)
}

// AppendSend appends [6,id,action,payload] (OCPP 2.1).
func AppendSend(b []byte, id, action string, payload []byte) []byte {
	return appendRequest(b, Send, id, action, payload)
}

// AppendCallResult appends [3,id,payload].
func AppendCallResult(b []byte, id string, payload []byte) []byte {
	b = appendHead(b, CallResult, id)
	return append(appendObject(append(b, ','), payload), ']')
}

// AppendCallError appends [4,id,code,description,details]. The code comes from Code.Spell; the description is cut
// to the 255 characters that the standard allows.
func AppendCallError(b []byte, id, code, description string, details []byte) []byte {
	return appendError(b, CallError, id, code, description, details)
}

// AppendCallResultError appends [5,id,code,description,details] (OCPP 2.1).
func AppendCallResultError(b []byte, id, code, description string, details []byte) []byte {
	return appendError(b, CallResultError, id, code, description, details)
}

func appendHead(b []byte, t Type, id string) []byte {
	b = append(b, '[')
	b = strconv.AppendUint(b, uint64(t), 10)
	return appendText(append(b, ','), id)
}

func appendRequest(b []byte, t Type, id, action string, payload []byte) []byte {
	b = appendHead(b, t, id)
	b = appendText(append(b, ','), action)
	return append(appendObject(append(b, ','), payload), ']')
}

func appendError(b []byte, t Type, id, code, description string, details []byte) []byte {
	b = appendHead(b, t, id)
	b = appendText(append(b, ','), code)
	b = appendText(append(b, ','), cut(description, 255))
	return append(appendObject(append(b, ','), details), ']')
}

func appendText(b []byte, s string) []byte {
	b, _ = jsontext.AppendQuote(b, s)
	return b
}

func appendObject(b, object []byte) []byte {
	if len(object) == 0 {
		return append(b, '{', '}')
	}
	return append(b, object...)
}

// cut keeps the first n characters.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for i := range s {
		if n == 0 {
			return s[:i]
		}
		n--
	}
	return s
}
