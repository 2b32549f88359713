package load

import (
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"testing"

	"go.uber.org/goleak"
)

// helperVariable makes the test binary play the server that the driver starts.
const helperVariable = "LOAD_TEST_HELPER"

func TestMain(m *testing.M) {
	if role := os.Getenv(helperVariable); role != "" {
		helper(role)
		return
	}
	goleak.VerifyTestMain(m)
}

func helper(role string) {
	ended := make(chan os.Signal, 1)
	signal.Notify(ended, syscall.SIGTERM)
	switch {
	case os.Args[1] == "tenant":
		fmt.Printf("{\"tenantId\":%q}\n", os.Args[2])
		return
	case role == "fails":
		fmt.Fprintln(os.Stderr, "the port is taken")
		os.Exit(1)
	}
	fmt.Println("a line that is no JSON")
	fmt.Println(`{"event":"ready","url":"http://127.0.0.1:12345"}`)
	<-ended
}
