package world

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// Modules installs npm packages, each named with its version, once and in a folder of their own. It returns the folder for NODE_PATH.
func Modules(packages ...string) (string, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	home := filepath.Join(cache, "mconnect-test", "npm", strings.NewReplacer("/", "-", "@", "-").Replace(strings.Join(packages, "+")))
	whole := filepath.Join(home, "installed")
	if _, err := os.Stat(whole); err != nil {
		if err := os.MkdirAll(home, 0o755); err != nil {
			return "", err
		}
		args := append([]string{"install", "--silent", "--no-fund", "--no-audit", "--ignore-scripts", "--prefix", home}, packages...)
		if out, err := exec.Command("npm", args...).CombinedOutput(); err != nil {
			return "", fmt.Errorf("npm install %v: %w\n%s", packages, err, out)
		}
		if err := os.WriteFile(whole, nil, 0o600); err != nil {
			return "", err
		}
	}
	return filepath.Join(home, "node_modules"), nil
}
