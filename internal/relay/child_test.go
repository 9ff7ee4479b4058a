package relay_test

// childEnv makes the test's program play another process.
const childEnv = "MCONNECT_RELAY_TEST_CHILD"

func child() int { return 0 }
