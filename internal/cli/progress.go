package cli

import (
	"fmt"
	"os"
)

// progress says on a terminal how far long work has come; elsewhere nothing.
func (s *shell) progress(what string, done, all int64) {
	file, ok := s.err.(*os.File)
	if !ok {
		return
	}
	info, err := file.Stat()
	if err != nil || info.Mode()&os.ModeCharDevice == 0 {
		return
	}
	if done >= all {
		fmt.Fprint(s.err, "\r\033[K")
		return
	}
	if step := max(all/200, 1); done%step == 0 {
		fmt.Fprintf(s.err, "\r\033[K%s: %d of %d (%d %%)", what, done, all, done*100/max(all, 1))
	}
}
