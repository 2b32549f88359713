package providertest

// noted are notes as Razorpay shows them: without any, an empty list.
func noted(notes map[string]string) any {
	if len(notes) == 0 {
		return []any{}
	}
	return notes
}

func (a *Account) link(s *sale) map[string]any {
	payments := []any{}
	for _, m := range s.tries {
		payments = append(payments, map[string]any{"payment_id": m.id, "status": a.payment(m)["status"], "amount": m.amount, "method": "card"})
	}
	status, paid, expires := "created", int64(0), int64(0)
	switch {
	case s.paid:
		status, paid = "paid", s.amount
	case !s.open(a.server.now()):
		status = "expired"
	}
	if !s.expires.IsZero() {
		expires = s.expires.Unix()
	}
	return map[string]any{
		"id": s.ref, "short_url": a.server.PageURL(s.ref), "reference_id": s.ours, "status": status, "amount": s.amount, "amount_paid": paid, "currency": s.currency,
		"description": s.description, "callback_url": s.back, "callback_method": "get", "expire_by": expires, "created_at": s.created.Unix(), "notes": noted(s.notes),
		"payments": payments, "accept_partial": false, "order_id": s.hidden,
	}
}

// orderOf is an order, or the one that a link hides.
func (a *Account) orderOf(s *sale) map[string]any {
	id, receipt, notes, status, paid := s.ref, any(s.ours), s.notes, "created", int64(0)
	if s.kind == link {
		id, receipt, notes = s.hidden, nil, nil
	}
	switch {
	case s.paid:
		status, paid = "paid", s.amount
	case len(s.tries) > 0:
		status = "attempted"
	}
	return map[string]any{
		"id": id, "entity": "order", "amount": s.amount, "amount_paid": paid, "amount_due": s.amount - paid, "currency": s.currency, "receipt": receipt,
		"status": status, "attempts": len(s.tries), "notes": noted(notes), "created_at": s.created.Unix(),
	}
}

func (a *Account) payment(m *money) map[string]any {
	order := m.sale.ref
	if m.sale.kind == link {
		order = m.sale.hidden
	}
	o := map[string]any{
		"id": m.id, "entity": "payment", "amount": m.amount, "currency": m.currency, "status": "created", "captured": m.captured > 0, "order_id": order,
		"amount_refunded": m.refunded, "refund_status": nil, "method": "card", "notes": noted(m.notes), "fee": nil, "tax": nil, "created_at": m.created.Unix(),
		"error_code": nil, "error_description": nil, "error_reason": nil,
	}
	switch {
	case m.captured > 0:
		o["status"], o["fee"], o["tax"] = "captured", m.fee, 0
		if m.refunded > 0 {
			o["refund_status"] = "partial"
		}
		if m.refunded == m.captured {
			o["status"], o["refund_status"] = "refunded", "full"
		}
	case m.failure != "":
		o["status"], o["error_code"], o["error_description"], o["error_reason"] = "failed", "BAD_REQUEST_ERROR", m.failure, m.code
	}
	return o
}

func (a *Account) refundEntity(r *refund) map[string]any {
	return map[string]any{
		"id": r.id, "entity": "refund", "amount": r.amount, "currency": r.of.currency, "payment_id": r.of.id, "receipt": orNull(r.receipt), "notes": noted(r.notes),
		"status": map[string]string{"done": "processed", "pending": "pending", "failed": "failed"}[r.status], "created_at": r.created.Unix(),
	}
}

func (a *Account) disputeEntity(d *dispute) map[string]any {
	phase, deducted := "chargeback", d.amount
	if d.status == "asked" {
		phase, deducted = "retrieval", 0
	}
	if d.status == "won" {
		deducted = 0
	}
	return map[string]any{
		"id": d.id, "entity": "dispute", "payment_id": d.of.id, "amount": d.amount, "currency": d.of.currency, "amount_deducted": deducted, "reason_code": d.reason,
		"status": map[string]string{"asked": "open", "open": "open", "won": "won", "lost": "lost"}[d.status], "phase": phase, "created_at": d.created.Unix(),
	}
}

func (a *Account) refundEvent(r *refund) map[string]any {
	return map[string]any{"refund": a.refundEntity(r), "payment": a.payment(r.of)}
}

func (a *Account) disputeEvent(d *dispute) map[string]any {
	return map[string]any{"dispute": a.disputeEntity(d), "payment": a.payment(d.of)}
}
