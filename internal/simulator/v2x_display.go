package simulator

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/busbar-ev/busbar/ocpp/schema"
	"github.com/busbar-ev/busbar/ocpp/v21"
)

// screen is what the display shows.
type screen struct {
	messages map[int64]v21.MessageInfo
}

const (
	maxMessages = 20
	// messagesInPart is how many messages a report carries at once.
	messagesInPart = 5
	// customerPart bounds one part of a report about a customer (OCPP 2.0.1 Part 2, NotifyCustomerInformation).
	customerPart = 512
)

// setDisplayMessage shows a message, in place of the one with its id (OCPP 2.0.1 Part 2, O01, O02, O06).
func (s *station2x) setDisplayMessage(r *v21.SetDisplayMessageRequest) (*v21.SetDisplayMessageResponse, func()) {
	m := r.Message
	status := v21.DisplayMessageStatusAccepted
	_, replaced := s.screen.messages[m.ID]
	_, running := s.session(m.TransactionID)
	switch {
	case m.TransactionID != "" && running == nil:
		status = v21.DisplayMessageStatusUnknownTransaction
	case m.Message.Format == v21.MessageFormatHTML || m.Message.Format == v21.MessageFormatQRCODE:
		status = v21.DisplayMessageStatusNotSupportedMessageFormat
	case !replaced && len(s.screen.messages) >= maxMessages, m.EndDateTime.Present() && m.EndDateTime.Before(s.now()):
		status = v21.DisplayMessageStatusRejected
	}
	if status != v21.DisplayMessageStatusAccepted {
		return &v21.SetDisplayMessageResponse{Status: status}, nil
	}
	if m.Priority == v21.MessagePriorityAlwaysFront {
		// There is one front place (O01.FR.05).
		for id, other := range s.screen.messages {
			if other.Priority == m.Priority {
				delete(s.screen.messages, id)
			}
		}
	}
	s.screen.messages[m.ID] = m
	return &v21.SetDisplayMessageResponse{Status: status}, func() {
		if m.EndDateTime.Present() {
			s.plan.after(m.EndDateTime.Sub(s.now()), func() {
				if s.screen.messages[m.ID].EndDateTime == m.EndDateTime {
					delete(s.screen.messages, m.ID)
				}
			})
		}
	}
}

func (s *station2x) clearDisplayMessage(r *v21.ClearDisplayMessageRequest) (*v21.ClearDisplayMessageResponse, func()) {
	if _, ok := s.screen.messages[r.ID]; !ok {
		return &v21.ClearDisplayMessageResponse{Status: v21.ClearMessageStatusUnknown}, nil
	}
	delete(s.screen.messages, r.ID)
	return &v21.ClearDisplayMessageResponse{Status: v21.ClearMessageStatusAccepted}, nil
}

// getDisplayMessages reports what is shown (OCPP 2.0.1 Part 2, O03, O04).
func (s *station2x) getDisplayMessages(r *v21.GetDisplayMessagesRequest) (*v21.GetDisplayMessagesResponse, func()) {
	var found []v21.MessageInfo
	for _, id := range sorted(s.screen.messages) {
		m := s.screen.messages[id]
		if (len(r.ID) == 0 || slices.Contains(r.ID, id)) && (r.Priority == "" || r.Priority == m.Priority) && (r.State == "" || r.State == m.State) {
			found = append(found, m)
		}
	}
	if len(found) == 0 {
		return &v21.GetDisplayMessagesResponse{Status: v21.GetDisplayMessagesStatusUnknown}, nil
	}
	return &v21.GetDisplayMessagesResponse{Status: v21.GetDisplayMessagesStatusAccepted}, func() {
		for len(found) > 0 {
			part := found[:min(messagesInPart, len(found))]
			found = found[len(part):]
			s.notify("NotifyDisplayMessages", &v21.NotifyDisplayMessagesRequest{RequestID: r.RequestID, MessageInfo: part, Tbc: schema.Some(len(found) > 0)})
		}
	}
}

// costUpdated shows the running cost (OCPP 2.0.1 Part 2, I02). Its answer has no room for an unknown transaction.
func (s *station2x) costUpdated(r *v21.CostUpdatedRequest) (*v21.CostUpdatedResponse, func()) {
	if _, sess := s.session(r.TransactionID); sess != nil {
		sess.cost = r.TotalCost
	}
	return &v21.CostUpdatedResponse{}, nil
}

// customerInformation reports what is kept of a customer, and forgets it where it is asked to (OCPP 2.0.1 Part 2, N09, N10).
func (s *station2x) customerInformation(r *v21.CustomerInformationRequest) (*v21.CustomerInformationResponse, func()) {
	given := 0
	for _, is := range []bool{r.CustomerIdentifier != "", r.IDToken != nil, r.CustomerCertificate != nil} {
		if is {
			given++
		}
	}
	if given != 1 || !r.Report && !r.Clear {
		return &v21.CustomerInformationResponse{Status: v21.CustomerInformationStatusInvalid}, nil
	}
	t := token{id: r.CustomerIdentifier}
	if r.IDToken != nil {
		t.id = r.IDToken.IDToken
	}
	return &v21.CustomerInformationResponse{Status: v21.CustomerInformationStatusAccepted}, func() {
		text := s.about(t)
		if r.Clear {
			delete(s.cache, t.key())
			delete(s.list.entries, t.key())
			text = "All that was kept of this customer has been removed. " + text
		}
		if !r.Report {
			text = "" // only that it is done
		}
		at := timeNow(s.Station)
		for seq := int64(0); ; seq++ {
			part := text[:min(customerPart, len(text))]
			text = text[len(part):]
			s.notify("NotifyCustomerInformation", &v21.NotifyCustomerInformationRequest{
				RequestID: r.RequestID, GeneratedAt: at, SeqNo: seq, Tbc: schema.Some(text != ""), Data: part,
			})
			if text == "" {
				return
			}
		}
	}
}

// about is everything that the station keeps of a customer.
func (s *station2x) about(t token) string {
	var b strings.Builder
	if info, ok := s.cache[t.key()]; ok {
		fmt.Fprintf(&b, "Authorization cache: %s is %s. ", t.id, info.status)
	}
	if info, ok := s.list.entries[t.key()]; ok {
		fmt.Fprintf(&b, "Local list, version %d: %s is %s, group %q. ", s.list.version, t.id, info.status, info.group)
	}
	for _, c := range s.connectors {
		if c.tx != nil && c.tx.token.same(t) {
			fmt.Fprintf(&b, "EVSE %d: transaction %s since %s, %.0f Wh. ", c.no, c.tx.name, c.tx.begunAt.UTC().Format(time.RFC3339), c.meterWh-c.tx.startWh)
		}
	}
	for _, id := range sorted(s.reservations) {
		if s.reservations[id].token.same(t) {
			fmt.Fprintf(&b, "Reservation %d at EVSE %d. ", id, s.reservations[id].connector)
		}
	}
	if b.Len() == 0 {
		return "Nothing is kept of this customer."
	}
	return strings.TrimSpace(b.String())
}
