package embedded

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
)

// npm packages cannot hold symbolic links, so the package lists the links its libraries need
// and makes them in a postinstall script, which many installations have switched off.
const linkManifest = "native/pg-symlinks.json"

type libraryLink struct {
	Source string `json:"source"` // the file, relative to the package
	Target string `json:"target"` // the link to make
}

// link makes the missing links, in the package or, where that is read-only, in the data directory.
func (b *binaries) link(dir dataDir, a account) error {
	if b.pkg == "" {
		return nil
	}
	raw, err := os.ReadFile(filepath.Join(b.pkg, filepath.FromSlash(linkManifest)))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read the library links of %s: %w", b.pkg, err)
	}
	var links []libraryLink
	if err := json.Unmarshal(raw, &links); err != nil {
		return fmt.Errorf("read the library links of %s: %w", b.pkg, err)
	}
	for _, l := range links {
		if !filepath.IsLocal(l.Source) || !filepath.IsLocal(l.Target) {
			return fmt.Errorf("%s of %s names a path outside the package (%s → %s): reinstall it with `npm install`",
				linkManifest, b.pkg, l.Target, l.Source)
		}
		source, target := filepath.Join(b.pkg, l.Source), filepath.Join(b.pkg, l.Target)
		if _, err := os.Stat(target); err == nil {
			continue
		}
		relative, err := filepath.Rel(filepath.Dir(target), source)
		if err != nil {
			return fmt.Errorf("make library link %s: %w", target, err)
		}
		err = makeLink(relative, target)
		if err == nil {
			continue
		}
		if !errors.Is(err, fs.ErrPermission) && !isReadOnly(err) {
			return fmt.Errorf("make library link %s: %w", target, err)
		}
		b.libs = dir.libs()
		if err := os.MkdirAll(b.libs, 0o755); err != nil {
			return fmt.Errorf("make library links: %w", err)
		}
		if err := a.own(b.libs); err != nil {
			return fmt.Errorf("make library links: %w", err)
		}
		if err := makeLink(source, filepath.Join(b.libs, filepath.Base(target))); err != nil {
			return fmt.Errorf("make library link: %w", err)
		}
	}
	return nil
}

// makeLink tolerates another process that makes the same link at the same time, and replaces
// a link that points nowhere (the package was updated).
func makeLink(to, at string) error {
	if _, err := os.Stat(at); err == nil {
		return nil
	}
	if _, err := os.Lstat(at); err == nil {
		if err := os.Remove(at); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	if err := os.Symlink(to, at); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return nil
}

// libraryPath is the environment variable that makes the loader find links outside the package.
// It names the package's own folder as well: a library found through a link looks for its
// neighbours beside the link.
func (b *binaries) libraryPath() (name, value string) {
	if b.libs == "" {
		return "", ""
	}
	value = b.libs + string(os.PathListSeparator) + filepath.Join(b.pkg, "native", "lib")
	if runtime.GOOS == "darwin" {
		return "DYLD_LIBRARY_PATH", value
	}
	return "LD_LIBRARY_PATH", value
}
