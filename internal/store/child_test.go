package store_test

const childEnv = "MCONNECT_STORE_TEST_CHILD"

func child() int { return 0 }
