package ocpp

import (
	"context"
	"slices"
	"time"

	"github.com/busbar-ev/busbar/internal/charging"
	"github.com/busbar-ev/busbar/internal/quirks"
	"github.com/busbar-ev/busbar/ocpp/frame"
)

// setupCalls are the calls that read a new station's settings, in its version's words.
type setupCalls struct {
	// boot asks a station that didn't boot to do so.
	boot charging.Order
	// everything asks for all settings at once.
	everything charging.Order
	// reported is set where the settings come as a report after the answer.
	reported bool
	// chunks ask for them a few at a time, for stations that don't answer the whole question.
	chunks []charging.Order
}

// maybeSetUp begins what a station needs before it is onboarded. It runs apart from the loop, and at most once on a
// connection.
func (c *conn) maybeSetUp() {
	if c.setUp || !c.link.Accepted {
		return
	}
	if c.link.Onboarded && !c.link.NeedsInventory {
		if c.link.Behaviour().BootTriggerDelay != nil {
			c.aside(c.askForBoot)
		}
		return
	}
	c.setUp = true
	onboard := !c.link.Onboarded
	c.aside(func() { c.setup(onboard) })
}

// afterBoot notes that the answer to a boot has left, and that calls may follow it.
func (c *conn) afterBoot() {
	if settle := c.link.Behaviour().SettleDelay; settle != nil {
		c.quietUntil.Store(time.Now().Add(seconds(settle, 0)).UnixNano())
	}
	if c.link.Accepted {
		c.bootedOnce.Do(func() { close(c.booted) })
		c.maybeSetUp()
	}
}

// setup waits for the boot, leaves the station in peace for a moment, reads its settings and onboards it. A station that
// answers none of this is onboarded all the same: it proved who it is.
func (c *conn) setup(onboard bool) {
	calls := c.dialect.setup()
	patience := seconds(c.link.Behaviour().BootTriggerDelay, c.server.config.BootPatience)
	if !c.waitForBoot(patience) && onboard && !quirks.Is(c.link.Behaviour().NoBootTrigger) {
		_, _ = c.ask(calls.boot)
		c.waitForBoot(c.server.config.BootPatience)
	}
	if !c.pause(seconds(c.link.Behaviour().SettleDelay, c.server.config.SettleDelay)) {
		return
	}
	if variables, ok := c.inventory(calls); ok {
		if err := c.link.Inventoried(c.ctx, variables); err != nil {
			c.server.logger.Warn("a station's settings can't be stored", "station", c.link.Identity, "error", err)
		}
	}
	if !onboard || c.ctx.Err() != nil {
		return
	}
	for pause := firstRetry; ; pause = min(2*pause, lastRetry) {
		err := c.link.Onboard(c.ctx)
		if err == nil {
			return
		}
		if !charging.Transient(err) {
			c.server.logger.Error("a station can't be onboarded", "station", c.link.Identity, "error", err)
			return
		}
		if !c.pause(pause) {
			return
		}
	}
}

// askForBoot asks a known station of a make that sends no boot when it connects again for one: its firmware may be another. After a boot there is
// nothing to wait for.
func (c *conn) askForBoot() {
	if !c.waitForBoot(seconds(c.link.Behaviour().BootTriggerDelay, 0)) && c.ctx.Err() == nil && !quirks.Is(c.link.Behaviour().NoBootTrigger) {
		_, _ = c.ask(c.dialect.setup().boot)
	}
}

// settle waits until a station that just booted may be called, where its make loses its boot otherwise.
func (c *conn) settle(ctx context.Context) error {
	left := time.Until(time.Unix(0, c.quietUntil.Load()))
	if left <= 0 {
		return nil
	}
	timer := time.NewTimer(left)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return errNoTurn
	case <-c.calls.over:
		return errUnsent
	}
}

// seconds is a time that a behaviour states, or else the usual one.
func seconds(stated *int, usual time.Duration) time.Duration {
	if stated == nil {
		return usual
	}
	return time.Duration(*stated) * time.Second
}

// inventory asks for all settings, and where that isn't answered, for some at a time.
func (c *conn) inventory(calls setupCalls) ([]charging.Variable, bool) {
	chunks := inChunks(calls.chunks, quirks.Or(c.link.Behaviour().InventoryChunk, 0))
	if quirks.Is(c.link.Behaviour().NoInventoryAtOnce) {
		return c.inventoryOf(chunks)
	}
	outcome, err := c.ask(calls.everything)
	if err == nil && len(outcome.Variables) > 0 {
		return outcome.Variables, true
	}
	if calls.reported && err == nil && outcome.Accepted {
		// The report is stored as it comes. A station that takes long over it isn't held back.
		timer := time.NewTimer(c.server.config.CallTimeout)
		defer timer.Stop()
		select {
		case <-c.link.Inventory():
		case <-timer.C:
		case <-c.ctx.Done():
		}
		return nil, false
	}
	return c.inventoryOf(chunks)
}

// inChunks cuts questions for settings into questions for so many at a time; 0 leaves them as they are.
func inChunks(orders []charging.Order, size int) []charging.Order {
	if size == 0 {
		return orders
	}
	var keys []charging.VariableKey
	for _, o := range orders {
		if named, ok := o.(charging.GetVariablesOrder); ok {
			keys = append(keys, named.Variables...)
		}
	}
	var cut []charging.Order
	for chunk := range slices.Chunk(keys, size) {
		cut = append(cut, charging.GetVariablesOrder{Variables: chunk})
	}
	return cut
}

// inventoryOf asks for some settings at a time, as the station calls them.
func (c *conn) inventoryOf(chunks []charging.Order) ([]charging.Variable, bool) {
	var variables []charging.Variable
	for _, chunk := range chunks {
		if named, ok := chunk.(charging.GetVariablesOrder); ok {
			chunk = named.Spelled(c.link.Behaviour())
		}
		outcome, err := c.ask(chunk)
		if err != nil {
			break
		}
		variables = append(variables, outcome.Variables...)
	}
	return variables, len(variables) > 0
}

// ask sends an order of our own, which nobody commanded, and returns its outcome.
func (c *conn) ask(order charging.Order) (charging.Outcome, error) {
	k := &commander{c.server}
	version := c.dialect.version().String()
	call, err := k.Prepare(version, order)
	if err != nil {
		return charging.Outcome{}, err
	}
	call.MessageID = frame.NewID()
	if id, ok := c.dialect.inventoryID(call); ok {
		c.link.ExpectInventory(id)
	}
	ctx, cancel := context.WithTimeout(c.ctx, c.server.config.CallTimeout)
	defer cancel()
	answer, err := c.call(ctx, call)
	if err != nil {
		return charging.Outcome{}, err
	}
	if answer.ErrorCode != "" {
		return charging.Outcome{Reason: answer.ErrorDescription}, nil
	}
	return k.Interpret(version, call, answer)
}

func (c *conn) waitForBoot(patience time.Duration) bool {
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case <-c.booted:
	case <-timer.C:
	case <-c.ctx.Done():
	}
	// Of several that are ready select takes any: a boot that has come counts.
	select {
	case <-c.booted:
		return true
	default:
		return false
	}
}

func (c *conn) pause(d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-c.ctx.Done():
		return false
	}
}

// maxReconciled bounds how often a station that is back is asked about a session while it has messages yet to send.
const maxReconciled = 5

// reconcile asks a station of OCPP 2.x, once it has had time to send what it kept while it was away, about the sessions that
// were left running and that it has told nothing of.
func (c *conn) reconcile() {
	pause := c.server.config.ReconcileDelay
	for range maxReconciled {
		if !c.pause(pause) {
			return
		}
		again, err := c.server.charging.Reconcile(c.ctx, c.link)
		if err != nil && c.ctx.Err() == nil {
			c.server.logger.Warn("a station can't be asked about sessions that were left running", "station", c.link.Identity, "error", err)
		}
		if !again {
			return
		}
		pause *= 3
	}
}
