package simulator

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/md5"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/hex"
	"encoding/pem"
	"io"
	"math/big"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/busbar-ev/busbar/ocpp/schema"
	"github.com/busbar-ev/busbar/ocpp/v16"
	"github.com/busbar-ev/busbar/ocpp/v21"
)

const image = "an image of firmware"

// depot is where firmware comes from and logs go to.
type depot struct {
	mu       sync.Mutex
	received map[string]string // by method and path
	noPut    bool
	failures int // how many requests fail before one succeeds
}

func newDepot(c *csms) *depot {
	d := &depot{received: map[string]string{}}
	c.files = d
	return d
}

func (d *depot) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	d.mu.Lock()
	defer d.mu.Unlock()
	switch {
	case d.failures > 0:
		d.failures--
		w.WriteHeader(http.StatusServiceUnavailable)
	case r.Method == http.MethodGet && r.URL.Path == "/firmware":
		_, _ = io.WriteString(w, image)
	case r.Method == http.MethodGet:
		w.WriteHeader(http.StatusNotFound)
	case r.Method == http.MethodPut && d.noPut:
		w.WriteHeader(http.StatusMethodNotAllowed)
	default:
		body, _ := io.ReadAll(r.Body)
		d.received[r.Method+" "+r.URL.Path] = string(body)
	}
}

func (d *depot) got(key string) string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.received[key]
}

func (d *depot) set(change func()) {
	d.mu.Lock()
	defer d.mu.Unlock()
	change()
}

// selfSigned makes a certificate that is valid in a bubble.
func selfSigned(t *testing.T, name string) (string, *ecdsa.PrivateKey, *x509.Certificate) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	ok(t, err)
	made := &x509.Certificate{
		SerialNumber: big.NewInt(4711), Subject: pkix.Name{CommonName: name}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(8760 * time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
	}
	der, err := x509.CreateCertificate(rand.Reader, made, made, &key.PublicKey, key)
	ok(t, err)
	parsed, err := x509.ParseCertificate(der)
	ok(t, err)
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})), key, parsed
}

func signatureOf(t *testing.T, key *ecdsa.PrivateKey, text string) string {
	t.Helper()
	sum := sha256.Sum256([]byte(text))
	signature, err := ecdsa.SignASN1(rand.Reader, key, sum[:])
	ok(t, err)
	return base64.StdEncoding.EncodeToString(signature)
}

func TestFirmwareUpdate16(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newCSMS(t)
		d := newDepot(c)
		d.failures = 1
		c.switchOn(Options{Firmware: "4.2.0"})
		c.take()
		update := &v16.UpdateFirmwareRequest{Location: "http://depot/firmware", RetrieveDate: schema.At(time.Now()), Retries: schema.Some[int64](1), RetryInterval: schema.Some[int64](5)}
		c.call(update, "UpdateFirmware")
		pass(time.Minute)
		var said []string
		calls := c.take()
		for _, r := range all[v16.FirmwareStatusNotificationRequest](calls) {
			said = append(said, string(r.Status))
		}
		if strings.Join(said, " ") != "Downloading Downloading Downloaded Installing Installed" {
			t.Errorf("the update went %q", said)
		}
		if boot := all[v16.BootNotificationRequest](calls); len(boot) != 1 || boot[0].FirmwareVersion != "4.2.1" {
			t.Errorf("after the update the station booted as %+v", boot)
		}
		update.Location, update.Retries = "ftp://depot/firmware", schema.Opt[int64]{}
		c.call(update, "UpdateFirmware")
		pass(time.Minute)
		if r := all[v16.FirmwareStatusNotificationRequest](c.take()); len(r) != 2 || r[1].Status != v16.FirmwareStatusDownloadFailed {
			t.Errorf("an update over FTP went %+v", r)
		}
	})
}

func TestSignedFirmwareUpdate16(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newCSMS(t)
		newDepot(c)
		c.switchOn(Options{})
		c.take()
		certificate, key, _ := selfSigned(t, "Maker")
		send := func(certificate, signature string) v16.UpdateFirmwareStatus {
			return ask[v16.SignedUpdateFirmwareResponse](c, "SignedUpdateFirmware", &v16.SignedUpdateFirmwareRequest{RequestID: 3, Firmware: v16.Firmware{
				Location: "http://depot/firmware", RetrieveDateTime: schema.At(time.Now()), SigningCertificate: certificate, Signature: signature,
			}}).Status
		}
		said := func() string {
			var list []string
			for _, r := range all[v16.SignedFirmwareStatusNotificationRequest](c.take()) {
				if r.RequestID.Value != 3 {
					t.Errorf("a status belongs to request %+v", r.RequestID)
				}
				list = append(list, string(r.Status))
			}
			return strings.Join(list, " ")
		}
		if status := send("nothing", "AAAA"); status != v16.UpdateFirmwareStatusInvalidCertificate {
			t.Errorf("a certificate that is none was %s", status)
		}
		send(certificate, signatureOf(t, key, "something else"))
		pass(time.Minute)
		if s := said(); s != "Downloading Downloaded InvalidSignature" {
			t.Errorf("an image of somebody else went %s", s)
		}
		send(certificate, signatureOf(t, key, image))
		pass(time.Minute)
		if s := said(); s != "Downloading Downloaded SignatureVerified Installing InstallRebooting Installed" {
			t.Errorf("the update went %s", s)
		}
	})
}

func TestFirmwareUpdate2xWaitsForTheSession(t *testing.T) {
	t.Parallel()
	eachVersion(t, func(t *testing.T, c *csms) {
		newDepot(c)
		s := c.switchOn(Options{Firmware: "1.9", SampleInterval: time.Hour})
		charge2x(t, c, s)
		update := &v21.UpdateFirmwareRequest{RequestID: 5, Firmware: v21.Firmware{Location: "http://depot/firmware", RetrieveDateTime: schema.At(time.Now().Add(time.Minute))}}
		if a := ask[v21.UpdateFirmwareResponse](c, "UpdateFirmware", update); a.Status != v21.UpdateFirmwareStatusAccepted {
			t.Fatalf("the update was %s", a.Status)
		}
		if a := ask[v21.UpdateFirmwareResponse](c, "UpdateFirmware", update); a.Status != v21.UpdateFirmwareStatusAcceptedCanceled {
			t.Fatalf("the second update was %s", a.Status)
		}
		pass(10 * time.Minute)
		expect(t, quiet(c.take()), "firmware DownloadScheduled", "firmware DownloadScheduled", "firmware Downloading", "firmware Downloaded", "firmware InstallScheduled")
		ok(t, s.StopLocal(t.Context(), 1))
		ok(t, s.Unplug(t.Context(), 1))
		pass(time.Minute)
		calls := c.take()
		expect(t, calls, "Ended StopAuthorized EVConnected Local", "firmware Installing", "1 Available", "firmware InstallRebooting", "BootNotification",
			"security StartupOfTheDevice", "firmware Installed", "security FirmwareUpdated", "1 Available")
		boot := all[v21.BootNotificationRequest](calls)[0]
		if boot.Reason != v21.BootReasonFirmwareUpdate || boot.ChargingStation.FirmwareVersion != "1.10" {
			t.Errorf("the boot says %+v", boot)
		}
	})
}

func TestFirmwareIsPublished(t *testing.T) {
	t.Parallel()
	eachVersion(t, func(t *testing.T, c *csms) {
		newDepot(c)
		c.switchOn(Options{})
		c.take()
		sum := md5.Sum([]byte(image))
		checksum := hex.EncodeToString(sum[:])
		publish := func(location, checksum string) (said []string) {
			ask[v21.PublishFirmwareResponse](c, "PublishFirmware", &v21.PublishFirmwareRequest{RequestID: 6, Location: location, Checksum: checksum})
			pass(time.Minute)
			for _, r := range all[v21.PublishFirmwareStatusNotificationRequest](c.take()) {
				said = append(said, string(r.Status))
			}
			return said
		}
		for want, said := range map[string][]string{
			"Downloading DownloadFailed":                        publish("http://depot/nothing", checksum),
			"Downloading Downloaded InvalidChecksum":            publish("http://depot/firmware", strings.Repeat("0", 32)),
			"Downloading Downloaded ChecksumVerified Published": publish("http://depot/firmware", checksum),
		} {
			if strings.Join(said, " ") != want {
				t.Errorf("publishing went %q, not %s", said, want)
			}
		}
		unpublish := func() v21.UnpublishFirmwareStatus {
			return ask[v21.UnpublishFirmwareResponse](c, "UnpublishFirmware", &v21.UnpublishFirmwareRequest{Checksum: checksum}).Status
		}
		if a, b := unpublish(), unpublish(); a != v21.UnpublishFirmwareStatusUnpublished || b != v21.UnpublishFirmwareStatusNoFirmware {
			t.Errorf("unpublishing was %s, then %s", a, b)
		}
	})
}

func TestLogs2xAreUploaded(t *testing.T) {
	t.Parallel()
	eachVersion(t, func(t *testing.T, c *csms) {
		d := newDepot(c)
		c.switchOn(Options{})
		c.take()
		get := func(location string) *v21.GetLogResponse {
			a := ask[v21.GetLogResponse](c, "GetLog", &v21.GetLogRequest{RequestID: 9, LogType: v21.LogTypeDiagnosticsLog, Log: v21.LogParameters{RemoteLocation: location}})
			pass(time.Minute)
			return a
		}
		a := get("http://depot/logs/")
		calls := c.take()
		expect(t, calls, "log Uploading", "log Uploaded")
		if text := d.got("PUT /logs/" + a.Filename); !strings.Contains(text, "ST-1") || !strings.Contains(text, "sent BootNotification") {
			t.Errorf("the log %s says %q", a.Filename, text)
		}
		for _, r := range all[v21.LogStatusNotificationRequest](calls) {
			if r.RequestID.Value != 9 {
				t.Errorf("a status belongs to request %+v", r.RequestID)
			}
		}
		d.set(func() { d.noPut = true })
		get("http://depot/token")
		expect(t, c.take(), "log Uploading", "log Uploaded")
		if d.got("POST /token") == "" {
			t.Error("nothing was posted")
		}
		get("ftp://depot/logs/")
		expect(t, c.take(), "log Uploading", "log UploadFailure")
	})
}

func TestDiagnostics16AreUploaded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newCSMS(t)
		d := newDepot(c)
		c.switchOn(Options{})
		c.take()
		d.set(func() { d.failures = 1 })
		a := ask[v16.GetDiagnosticsResponse](c, "GetDiagnostics", &v16.GetDiagnosticsRequest{Location: "http://depot/d/", Retries: schema.Some[int64](2), RetryInterval: schema.Some[int64](3)})
		pass(time.Minute)
		var said []string
		for _, r := range all[v16.DiagnosticsStatusNotificationRequest](c.take()) {
			said = append(said, string(r.Status))
		}
		if strings.Join(said, " ") != "Uploading Uploading Uploaded" || d.got("PUT /d/"+a.FileName) == "" {
			t.Errorf("the diagnostics went %q as %s", said, a.FileName)
		}
		ask[v16.GetDiagnosticsResponse](c, "GetDiagnostics", &v16.GetDiagnosticsRequest{Location: "ftp://depot/d/"})
		pass(time.Minute)
		if r := all[v16.DiagnosticsStatusNotificationRequest](c.take()); len(r) != 2 || r[1].Status != v16.DiagnosticsStatusUploadFailed {
			t.Errorf("over FTP it went %+v", r)
		}
		ask[v16.GetLogResponse](c, "GetLog", &v16.GetLogRequest{RequestID: 4, LogType: v16.LogTypeSecurityLog, Log: v16.LogParameters{RemoteLocation: "http://depot/s/"}})
		pass(time.Minute)
		if r := all[v16.LogStatusNotificationRequest](c.take()); len(r) != 2 || r[1].Status != v16.UploadLogStatusUploaded || r[1].RequestID.Value != 4 {
			t.Errorf("the security log went %+v", r)
		}
	})
}

// signCSR signs a request as a CSMS does.
func signCSR(t *testing.T, csr string, root *x509.Certificate, key *ecdsa.PrivateKey) string {
	t.Helper()
	block, _ := pem.Decode([]byte(csr))
	request, err := x509.ParseCertificateRequest(block.Bytes)
	ok(t, err)
	der, err := x509.CreateCertificate(rand.Reader, &x509.Certificate{
		SerialNumber: big.NewInt(9), Subject: request.Subject, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}, root, request.PublicKey, key)
	ok(t, err)
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
}

func TestCertificates2x(t *testing.T) {
	t.Parallel()
	eachVersion(t, func(t *testing.T, c *csms) {
		c.switchOn(Options{})
		c.take()
		text, key, root := selfSigned(t, "Root")
		install := func(text string) v21.InstallCertificateStatus {
			return ask[v21.InstallCertificateResponse](c, "InstallCertificate", &v21.InstallCertificateRequest{CertificateType: v21.InstallCertificateUseCSMSRootCertificate, Certificate: text}).Status
		}
		if install("nothing") != v21.InstallCertificateStatusRejected || install(text) != v21.InstallCertificateStatusAccepted {
			t.Error("the wrong certificate was installed")
		}
		ids := func() *v21.GetInstalledCertificateIDsResponse {
			return ask[v21.GetInstalledCertificateIDsResponse](c, "GetInstalledCertificateIds", &v21.GetInstalledCertificateIDsRequest{
				CertificateType: []v21.GetCertificateIDUse{v21.GetCertificateIDUseCSMSRootCertificate},
			})
		}
		have := ids()
		if len(have.CertificateHashDataChain) != 1 || have.CertificateHashDataChain[0].CertificateHashData.SerialNumber != "1267" {
			t.Fatalf("installed is %+v", have)
		}
		ask[v21.TriggerMessageResponse](c, "TriggerMessage", &v21.TriggerMessageRequest{RequestedMessage: v21.MessageTriggerSignChargingStationCertificate})
		request := all[v21.SignCertificateRequest](c.take())[0]
		signed := func(chain string) v21.CertificateSignedStatus {
			return ask[v21.CertificateSignedResponse](c, "CertificateSigned", &v21.CertificateSignedRequest{CertificateChain: chain, CertificateType: request.CertificateType}).Status
		}
		if status := signed(text); status != v21.CertificateSignedStatusRejected {
			t.Errorf("somebody else's certificate was %s", status)
		}
		expect(t, c.take(), "security InvalidChargingStationCertificate")
		if status := signed(signCSR(t, request.CSR, root, key)); status != v21.CertificateSignedStatusAccepted {
			t.Errorf("the certificate was %s", status)
		}
		remove := func() v21.DeleteCertificateStatus {
			return ask[v21.DeleteCertificateResponse](c, "DeleteCertificate", &v21.DeleteCertificateRequest{CertificateHashData: have.CertificateHashDataChain[0].CertificateHashData}).Status
		}
		if status := remove(); status != v21.DeleteCertificateStatusFailed {
			t.Errorf("the last root that vouches for the CSMS: %s", status)
		}
		other, _, _ := selfSigned(t, "Another root")
		install(other)
		if a, b := remove(), remove(); a != v21.DeleteCertificateStatusAccepted || b != v21.DeleteCertificateStatusNotFound {
			t.Errorf("the root was removed with %s, then %s", a, b)
		}
	})
}

func TestCertificates16(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newCSMS(t)
		c.switchOn(Options{})
		c.take()
		text, key, root := selfSigned(t, "Root")
		installed := ask[v16.InstallCertificateResponse](c, "InstallCertificate", &v16.InstallCertificateRequest{CertificateType: v16.CertificateUseCentralSystemRootCertificate, Certificate: text})
		have := ask[v16.GetInstalledCertificateIDsResponse](c, "GetInstalledCertificateIds", &v16.GetInstalledCertificateIDsRequest{CertificateType: v16.CertificateUseCentralSystemRootCertificate})
		if installed.Status != v16.InstallCertificateStatusAccepted || len(have.CertificateHashData) != 1 {
			t.Fatalf("%s, and installed is %+v", installed.Status, have)
		}
		ask[v16.ExtendedTriggerMessageResponse](c, "ExtendedTriggerMessage", &v16.ExtendedTriggerMessageRequest{RequestedMessage: v16.ExtendedMessageTriggerSignChargePointCertificate})
		request := all[v16.SignCertificateRequest](c.take())[0]
		signed := ask[v16.CertificateSignedResponse](c, "CertificateSigned", &v16.CertificateSignedRequest{CertificateChain: signCSR(t, request.CSR, root, key)})
		refused := ask[v16.CertificateSignedResponse](c, "CertificateSigned", &v16.CertificateSignedRequest{CertificateChain: text})
		if signed.Status != v16.CertificateSignedStatusAccepted || refused.Status != v16.CertificateSignedStatusRejected {
			t.Errorf("its own certificate was %s, another %s", signed.Status, refused.Status)
		}
		if events := all[v16.SecurityEventNotificationRequest](c.take()); len(events) != 1 || events[0].Type != "InvalidChargePointCertificate" {
			t.Errorf("the security events are %+v", events)
		}
		gone := ask[v16.DeleteCertificateResponse](c, "DeleteCertificate", &v16.DeleteCertificateRequest{CertificateHashData: v16.CertificateHashData{
			HashAlgorithm: v16.HashAlgorithmSHA256, IssuerNameHash: "00", IssuerKeyHash: "00", SerialNumber: "1",
		}})
		if gone.Status != v16.DeleteCertificateStatusNotFound {
			t.Errorf("a stranger's certificate was removed with %s", gone.Status)
		}
	})
}
