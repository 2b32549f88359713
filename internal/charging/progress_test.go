package charging

import "testing"

// However the statuses of an update or an upload come, the record stands where it got to.
func TestCourse_Advance(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		course course
		said   []string
		want   string
		ended  bool
	}{
		{"in order", firmwareCourse, []string{"Downloading", "Downloaded", "Installing", "Installed"}, "Installed", true},
		{"a late one", firmwareCourse, []string{"Downloaded", "Downloading"}, "Downloaded", false},
		{"paused and on", firmwareCourse, []string{"Downloading", "DownloadPaused", "Downloading"}, "Downloading", false},
		{"rebooting before installing", firmwareCourse, []string{"InstallRebooting", "Installing"}, "Installing", false},
		{"late after the end", firmwareCourse, []string{"InvalidSignature", "Downloading"}, "InvalidSignature", true},
		{"success after failure", firmwareCourse, []string{"DownloadFailed", "Downloading", "Installed"}, "Installed", true},
		{"failure after success", firmwareCourse, []string{"Installed", "InstallationFailed"}, "Installed", true},
		{"the first failure counts", firmwareCourse, []string{"DownloadFailed", "InstallationFailed"}, "DownloadFailed", true},
		{"published", firmwareCourse, []string{"Downloaded", "ChecksumVerified", "Published"}, "Published", true},
		{"what no version has", firmwareCourse, []string{"Downloaded", "Dancing"}, "Downloaded", false},
		{"uploaded", uploadCourse, []string{"Uploading", "UploadFailure", "Uploading", "Uploaded"}, "Uploaded", true},
		{"given up", uploadCourse, []string{"Uploading", "AcceptedCanceled", "Uploading"}, "AcceptedCanceled", true},
	} {
		status, ended := "REQUESTED", false
		for _, next := range c.said {
			status, ended = c.course.advance(status, ended, next)
		}
		if status != c.want || ended != c.ended {
			t.Errorf("%s: %v ends as %s, %t", c.name, c.said, status, ended)
		}
	}
}
