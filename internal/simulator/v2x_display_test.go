package simulator

import (
	"strings"
	"testing"
	"time"

	"github.com/busbar-ev/busbar/ocpp/schema"
	"github.com/busbar-ev/busbar/ocpp/v21"
)

func TestDisplayMessages(t *testing.T) {
	t.Parallel()
	eachVersion(t, func(t *testing.T, c *csms) {
		c.switchOn(Options{})
		c.take()
		set := func(m v21.MessageInfo) v21.DisplayMessageStatus {
			if m.Message.Format == "" {
				m.Message = v21.MessageContent{Format: v21.MessageFormatUTF8, Content: "Welcome"}
			}
			if m.Priority == "" {
				m.Priority = v21.MessagePriorityNormalCycle
			}
			return ask[v21.SetDisplayMessageResponse](c, "SetDisplayMessage", &v21.SetDisplayMessageRequest{Message: m}).Status
		}
		for want, status := range map[v21.DisplayMessageStatus]v21.DisplayMessageStatus{
			v21.DisplayMessageStatusUnknownTransaction:        set(v21.MessageInfo{ID: 1, TransactionID: "another"}),
			v21.DisplayMessageStatusNotSupportedMessageFormat: set(v21.MessageInfo{ID: 1, Message: v21.MessageContent{Format: v21.MessageFormatHTML, Content: "<b>"}}),
			v21.DisplayMessageStatusAccepted:                  set(v21.MessageInfo{ID: 1, EndDateTime: schema.At(time.Now().Add(time.Minute))}),
		} {
			if status != want {
				t.Errorf("a message was %s, not %s", status, want)
			}
		}
		for id := int64(2); id < 9; id++ {
			set(v21.MessageInfo{ID: id})
		}
		set(v21.MessageInfo{ID: 20, Priority: v21.MessagePriorityAlwaysFront})
		set(v21.MessageInfo{ID: 21, Priority: v21.MessagePriorityAlwaysFront}) // in its place
		shown := func(r *v21.GetDisplayMessagesRequest) (ids []int64) {
			ask[v21.GetDisplayMessagesResponse](c, "GetDisplayMessages", r)
			parts := all[v21.NotifyDisplayMessagesRequest](c.take())
			for i, p := range parts {
				if p.Tbc.Value != (i < len(parts)-1) || p.RequestID != r.RequestID {
					t.Errorf("part %d is %+v", i, p)
				}
				for _, m := range p.MessageInfo {
					ids = append(ids, m.ID)
				}
			}
			return ids
		}
		if ids := shown(&v21.GetDisplayMessagesRequest{RequestID: 3}); len(ids) != 9 {
			t.Errorf("shown are %v", ids)
		}
		if ids := shown(&v21.GetDisplayMessagesRequest{RequestID: 4, Priority: v21.MessagePriorityAlwaysFront}); len(ids) != 1 || ids[0] != 21 {
			t.Errorf("in front are %v", ids)
		}
		pass(61 * time.Second)
		clear := func(id int64) v21.ClearMessageStatus {
			return ask[v21.ClearDisplayMessageResponse](c, "ClearDisplayMessage", &v21.ClearDisplayMessageRequest{ID: id}).Status
		}
		if clear(1) != v21.ClearMessageStatusUnknown || clear(2) != v21.ClearMessageStatusAccepted {
			t.Error("a message outlived its time, or wasn't there")
		}
	})
}

func TestCustomerInformationIsReportedAndForgotten(t *testing.T) {
	t.Parallel()
	eachVersion(t, func(t *testing.T, c *csms) {
		s := c.switchOn(Options{})
		charge2x(t, c, s)
		tell := func(clear bool) string {
			a := ask[v21.CustomerInformationResponse](c, "CustomerInformation", &v21.CustomerInformationRequest{
				RequestID: 2, Report: true, Clear: clear, IDToken: &v21.IDToken{IDToken: "TAG-1", Type: "ISO14443"},
			})
			if a.Status != v21.CustomerInformationStatusAccepted {
				t.Errorf("the request was %s", a.Status)
			}
			var text string
			for i, p := range all[v21.NotifyCustomerInformationRequest](c.take()) {
				if p.SeqNo != int64(i) || p.RequestID != 2 {
					t.Errorf("part %d is %+v", i, p)
				}
				text += p.Data
			}
			return text
		}
		if text := tell(true); !strings.Contains(text, "Authorization cache: TAG-1 is Accepted") || !strings.Contains(text, "EVSE 1: transaction") {
			t.Errorf("it is known that %s", text)
		}
		if text := tell(false); strings.Contains(text, "Authorization cache") {
			t.Errorf("it is still known that %s", text)
		}
	})
}
