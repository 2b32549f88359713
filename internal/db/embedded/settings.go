package embedded

import (
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
)

func settings(port int, opts Options) []string {
	all := map[string]string{
		"listen_addresses":        "127.0.0.1",
		"port":                    strconv.Itoa(port),
		"unix_socket_directories": "",
		"max_connections":         "200",
		"cluster_name":            "busbar",
		"password_encryption":     "scram-sha-256",
		"timezone":                "UTC",
		"log_timezone":            "UTC",
		"lc_messages":             "C",
		"log_destination":         "stderr",
		"logging_collector":       "off",
		"log_line_prefix":         "",
		// Under load a new log segment is due every second, and writing its 16 MB of zeros first holds up every commit.
		"wal_init_zero": "off",
		"jit":           "off", // short statements only; the library is not in every package
	}
	if opts.Ephemeral {
		maps.Copy(all, map[string]string{
			"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off",
			"wal_level": "minimal", "max_wal_senders": "0", "max_wal_size": "4GB", "checkpoint_timeout": "1d",
			"autovacuum": "off",
		})
	}
	maps.Copy(all, opts.Settings)
	var args []string
	for _, name := range slices.Sorted(maps.Keys(all)) {
		args = append(args, "-c", name+"="+all[name])
	}
	return args
}

// environment drops what would steer PostgreSQL or its client tools away from what we pass.
func environment(bin *binaries) []string {
	lib, libs := bin.libraryPath()
	var env []string
	for _, kv := range os.Environ() {
		name, _, _ := strings.Cut(kv, "=")
		if strings.HasPrefix(name, "PG") || strings.HasPrefix(name, "LC_") || name == "LANG" || name == "LANGUAGE" || name == "TZ" || name == lib {
			continue
		}
		env = append(env, kv)
	}
	if lib != "" {
		if before := os.Getenv(lib); before != "" {
			libs += string(os.PathListSeparator) + before
		}
		env = append(env, lib+"="+libs)
	}
	return append(env, "LC_ALL=C")
}
