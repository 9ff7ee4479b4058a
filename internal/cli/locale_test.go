package cli

import (
	"strings"
	"testing"
)

// TestLocale_ChoosesTheLanguage of sentences: the flag first, then the first variable that is set; what is not known is
// English.
func TestLocale_ChoosesTheLanguage(t *testing.T) {
	for _, c := range []struct {
		environment []string
		flag, want  string
	}{
		{nil, "", "en"},
		{[]string{"LANG=ro_MD.UTF-8"}, "", "ro"},
		{[]string{"LANG=ru_RU.UTF-8", "LC_MESSAGES=ro_RO"}, "", "ro"},
		{[]string{"LANG=ro_MD.UTF-8", "LC_MESSAGES=ro_RO", "LC_ALL=ru"}, "", "ru"},
		{[]string{"LANG=ro_MD.UTF-8", "LC_ALL=C.UTF-8"}, "", "en"},
		{[]string{"LANG=de_DE@euro"}, "", "en"},
		{[]string{"LANG=ro_RO@euro"}, "", "ro"},
		{[]string{"LANG=ro_MD.UTF-8"}, "ru", "ru"},
	} {
		s := &session{environment: c.environment}
		root := s.root()
		root.SetArgs(strings.Fields("version"))
		if c.flag != "" {
			root.SetArgs([]string{"version", "--lang", c.flag})
		}
		var out strings.Builder
		s.out = &out
		if err := root.Execute(); err != nil || s.lang != c.want {
			t.Errorf("%v %s: %s, %v; want %s", c.environment, c.flag, s.lang, err, c.want)
		}
	}
}
