package conformance_test

import "time"

// What a station of version 1.6 says in most cases.

type tagInfo struct {
	IDTagInfo struct {
		Status      string
		ExpiryDate  *time.Time
		ParentIDTag string `json:"parentIdTag"`
	} `json:"idTagInfo"`
}

type started struct {
	tagInfo
	TransactionID int64 `json:"transactionId"`
}

// status reports the state of a connector.
func (s *station) status(connector int, status string) { s.fault(connector, status, "NoError") }

func (s *station) fault(connector int, status, code string) {
	s.t.Helper()
	s.call("StatusNotification", object{"connectorId": connector, "status": status, "errorCode": code, "timestamp": stamp(time.Now())}, nil)
}

// authorize asks for a token and expects how it is answered.
func (s *station) authorize(idTag, want string) (answer tagInfo) {
	s.t.Helper()
	s.call("Authorize", object{"idTag": idTag}, &answer)
	if answer.IDTagInfo.Status != want {
		s.t.Errorf("%s was answered %s, want %s", idTag, answer.IDTagInfo.Status, want)
	}
	return answer
}

// begin starts a transaction and expects how its token is answered.
func (s *station) begin(connector int, idTag string, meter int, at time.Time, want string) (answer started) {
	s.t.Helper()
	s.call("StartTransaction", object{"connectorId": connector, "idTag": idTag, "meterStart": meter, "timestamp": stamp(at)}, &answer)
	if answer.IDTagInfo.Status != want || answer.TransactionID <= 0 {
		s.t.Errorf("the start with %s was answered %+v, want %s and a transaction id", idTag, answer, want)
	}
	return answer
}

// finish stops a transaction.
func (s *station) finish(transaction int64, idTag string, meter int, at time.Time, reason string) {
	s.t.Helper()
	payload := object{"transactionId": transaction, "meterStop": meter, "timestamp": stamp(at), "reason": reason}
	if idTag != "" {
		payload["idTag"] = idTag
	}
	s.call("StopTransaction", payload, nil)
}

// charging goes from an idle connector to a running session.
func (c *csms) charging() (transaction int64) {
	c.t.Helper()
	c.s.status(1, "Preparing")
	c.s.authorize(valid, "Accepted")
	transaction = c.s.begin(1, valid, 1000, time.Now(), "Accepted").TransactionID
	c.s.status(1, "Charging")
	c.shows(1, "CHARGING")
	c.showsSession("RUNNING", 0, "")
	return transaction
}
