package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"reflect"
	"slices"
	"strings"

	"mconnect/internal/config"
	"mconnect/internal/domain/journal"
	"mconnect/internal/pki"
)

// CheckFiles opens every file that a valid configuration names, as a start would, and returns what is wrong with them,
// all at once, each beginning with the key it concerns. It opens neither store nor listeners and changes nothing.
func CheckFiles(cfg config.Config) error {
	var all []error
	add := func(key string, err error) {
		if err != nil {
			all = append(all, fmt.Errorf("%s: %w", key, err))
		}
	}
	_, err := journal.LoadKeys(cfg.Journal.Keys)
	add("journal.keys", err)
	_, err = pki.NewTrust(trustOf(cfg, nil))
	add("pki.anchors, pki.lists", err)
	_, err = pki.NewIdentity(cfg.PKI.PlatformCertificate, cfg.PKI.PlatformKey)
	add("pki.platform_certificate", err)
	if _, err = pki.NewIdentity(cfg.PKI.SigningCertificate, cfg.PKI.SigningKey); !errors.Is(err, fs.ErrNotExist) {
		// it need not be there
		add("pki.signing_certificate", err)
	}
	_, err = administrators(cfg)
	add("admin", err)
	return errors.Join(all...)
}

// Reload takes over what of a new configuration can change while the server runs: administrators, and certificates,
// anchors and revocation lists, whose files are read again at once. What needs a restart is named in the log and
// returned. On an error everything former stays in force.
func (a *App) Reload(next config.Config) (restart []string, err error) {
	who, err := administrators(next)
	if err != nil {
		return nil, err
	}
	if err := a.management.SetAdministrators(who); err != nil {
		return nil, err
	}
	a.reloadChanged()
	for _, key := range Differences(a.Config, next) {
		if !slices.ContainsFunc(reloadable, func(r string) bool { return key == r || strings.HasPrefix(key, r+".") }) {
			restart = append(restart, key)
		}
	}
	level := slog.LevelInfo
	if len(restart) > 0 {
		level = slog.LevelWarn
	}
	a.logger.Log(context.Background(), level, "configuration read again", "administrators", len(who), "need_a_restart",
		strings.Join(restart, " "))
	return restart, nil
}

// reloadable are the keys, or groups of keys, that count without a restart.
var reloadable = []string{"admin.tokens", "admin.operators", "log.level"}

// Differences names the keys in which two configurations differ, e.g. "limits.request", sorted.
func Differences(a, b config.Config) []string {
	var keys []string
	var walk func(key string, x, y reflect.Value)
	walk = func(key string, x, y reflect.Value) {
		if x.Kind() == reflect.Struct {
			for i := range x.NumField() {
				name := strings.Split(x.Type().Field(i).Tag.Get("yaml"), ",")[0]
				walk(strings.TrimPrefix(key+"."+name, "."), x.Field(i), y.Field(i))
			}
			return
		}
		if !reflect.DeepEqual(x.Interface(), y.Interface()) {
			keys = append(keys, key)
		}
	}
	walk("", reflect.ValueOf(a), reflect.ValueOf(b))
	slices.Sort(keys)
	return keys
}
