package cli

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"mconnect"
)

// profile is how to reach one platform, under a name in the file of profiles.
type profile struct {
	AdminURL  string `yaml:"admin_url"`
	TokenFile string `yaml:"token_file"`
	CA        string `yaml:"ca"`
	Cert      string `yaml:"cert"` // client certificate, in the place of a token
	Key       string `yaml:"key"`
	Lang      string `yaml:"lang"`
}

// profilesPath is the path of the user's profiles.
func (s *session) profilesPath() string {
	folder := s.env("XDG_CONFIG_HOME")
	if folder == "" {
		folder = filepath.Join(s.env("HOME"), ".config")
	}
	return filepath.Join(folder, "mconnect", "config.yaml")
}

// loadProfile reads the profile that --profile or MCONNECT_PROFILE names, else the one that the file calls current.
// Paths in it are relative to the file.
func (s *session) loadProfile() error {
	path := s.profilesPath()
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) && s.profileName == "" {
		return nil
	}
	if err != nil {
		return usageError{fmt.Errorf("--profile %s: %w", s.profileName, err)}
	}
	var file struct {
		Current  string             `yaml:"current"`
		Profiles map[string]profile `yaml:"profiles"`
	}
	d := yaml.NewDecoder(bytes.NewReader(text))
	d.KnownFields(true)
	if err := d.Decode(&file); err != nil {
		return usageError{fmt.Errorf("%s: %s", path, strings.TrimPrefix(err.Error(), "yaml: "))}
	}
	name := s.profileName
	name = cmp.Or(name, file.Current)
	if name == "" {
		return nil
	}
	p, ok := file.Profiles[name]
	if !ok {
		var all []string
		for one := range file.Profiles {
			all = append(all, one)
		}
		slices.Sort(all)
		return usageError{fmt.Errorf("%s: there is no profile %q; profiles: %s", path, name, strings.Join(all, ", "))}
	}
	for _, at := range []*string{&p.TokenFile, &p.CA, &p.Cert, &p.Key} {
		if *at != "" && !filepath.IsAbs(*at) {
			*at = filepath.Join(filepath.Dir(path), *at)
		}
	}
	if p.Lang != "" {
		if _, err := mconnect.ParseLang(p.Lang); err != nil {
			return usageError{fmt.Errorf("%s: profile %s: lang %q: want ro, en or ru", path, name, p.Lang)}
		}
	}
	s.profile = p
	return nil
}

// profiled completes by the profile what flags left out. A folder that is named goes before it. The profile's
// credentials are for its own address: another one, by flag or environment, does not get them.
func (s *session) profiled(dir string, server remote) remote {
	if dir != "" && server.url == "" {
		return server
	}
	own := server.url == "" || server.url == s.profile.AdminURL
	type setting struct {
		to   *string
		from string
	}
	settings := []setting{{&server.url, s.profile.AdminURL}, {&server.ca, s.profile.CA}}
	if own {
		settings = append(settings, setting{&server.cert, s.profile.Cert}, setting{&server.key, s.profile.Key})
	}
	for _, at := range settings {
		*at.to = cmp.Or(*at.to, at.from)
	}
	if own && server.tokenFile == "" && s.env("MCONNECT_ADMIN_TOKEN")+s.env("MCONNECT_TOKEN") == "" {
		server.tokenFile = s.profile.TokenFile
	}
	return server
}
