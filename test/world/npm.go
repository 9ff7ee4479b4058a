package world

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// Modules installs npm packages, each named with its version, once and in a folder of their own. It returns the folder
// for NODE_PATH. The folder appears whole, so that test processes may install the same packages at the same time.
func Modules(packages ...string) (string, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	all := filepath.Join(cache, "mconnect-test", "npm")
	home := filepath.Join(all, strings.NewReplacer("/", "-", "@", "-").Replace(strings.Join(packages, "+"))+".whole")
	modules := filepath.Join(home, "node_modules")
	if _, err := os.Stat(modules); err == nil {
		return modules, nil
	}
	if err := os.MkdirAll(all, 0o755); err != nil {
		return "", err
	}
	part, err := os.MkdirTemp(all, ".part-")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(part)
	args := append([]string{"install", "--silent", "--no-fund", "--no-audit", "--ignore-scripts", "--prefix", part},
		packages...)
	if out, err := exec.Command("npm", args...).CombinedOutput(); err != nil {
		return "", fmt.Errorf("npm install %v: %w\n%s", packages, err, out)
	}
	if err := os.Rename(part, home); err != nil {
		if _, there := os.Stat(modules); there != nil { // else another process was faster
			return "", err
		}
	}
	return modules, nil
}
