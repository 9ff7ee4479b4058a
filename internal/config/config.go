// Package config is the one documented configuration of MConnect: a strict YAML file, MCONNECT_*
// variables of the environment over it, validated whole so that every mistake is listed at once.
//
// Every zero value has a use: an empty file, or none, serves from ./mconnect-data. The package opens and
// starts nothing. docs/CONFIG.md is written from the comments below; a test holds them together.
package config

import (
	"log/slog"
	"time"
)

// Config is the configuration of one installation. Paths that are not absolute are relative to the
// folder the command runs in; paths left empty stand inside data_dir.
type Config struct {
	// Folder of everything the platform keeps: store, keys, certificates, newest checkpoint.
	DataDir string `yaml:"data_dir" env:"DATA_DIR" default:"./mconnect-data"`
	// Name of this process in the journal; must differ between processes that share a store. Default: host name.
	Node string `yaml:"node" env:"NODE" default:"host name"`

	Store     Store     `yaml:"store" envPrefix:"STORE_"`
	Exchange  Exchange  `yaml:"exchange" envPrefix:"EXCHANGE_"`
	Events    Events    `yaml:"events" envPrefix:"EVENTS_"`
	Admin     Admin     `yaml:"admin" envPrefix:"ADMIN_"`
	PKI       PKI       `yaml:"pki" envPrefix:"PKI_"`
	Journal   Journal   `yaml:"journal" envPrefix:"JOURNAL_"`
	Limits    Limits    `yaml:"limits" envPrefix:"LIMITS_"`
	Providers Providers `yaml:"providers" envPrefix:"PROVIDERS_"`
	Sandbox   Sandbox   `yaml:"sandbox" envPrefix:"SANDBOX_"`
	Portal    Portal    `yaml:"portal" envPrefix:"PORTAL_"`
	Log       Log       `yaml:"log" envPrefix:"LOG_"`
	Runtime   Runtime   `yaml:"runtime" envPrefix:"RUNTIME_"`
}

// Store states where everything durable is kept.
type Store struct {
	// Database: "sqlite:PATH" or "postgres://user@host/database?sslmode=verify-full". Its password is best given by
	// MCONNECT_STORE_URL or a .pgpass file.
	URL string `yaml:"url" env:"URL" default:"sqlite:<data_dir>/mconnect.db"`
	// Most connections to PostgreSQL, or readers of SQLite, at one time.
	MaxConns int `yaml:"max_conns" env:"MAX_CONNS" default:"8"`
}

// Exchange is the listener for participants' systems.
type Exchange struct {
	// Address to listen on, host:port. Port 0 takes a free one.
	Listen string `yaml:"listen" env:"LISTEN" default:":8443"`
	// Host names and addresses by which systems reach this listener; they go into the platform certificate that "pki
	// init" issues.
	Names []string `yaml:"names" env:"NAMES" default:"localhost, 127.0.0.1, ::1, host name"`
	// Address by which systems reach this listener, as WSDLs state it: https://host[:port], without path.
	URL string `yaml:"url" env:"URL" default:"https://<first of exchange.names>:<port of the listener>"`
}

// Events is the listener for systems that produce and consume events.
type Events struct {
	// Address to listen on, host:port. Port 0 takes a free one. Its certificate is the platform's, issued for
	// exchange.names.
	Listen string `yaml:"listen" env:"LISTEN" default:":8444"`
	// In which a long poll without events is answered with 204.
	Poll time.Duration `yaml:"poll" env:"POLL" default:"30s"`
	// After which an instance of long polling that is not polled is closed.
	Expiry time.Duration `yaml:"expiry" env:"EXPIRY" default:"5m"`
	// In which something must arrive on a WebSocket, at least a pong; the platform pings it after two fifths of it.
	Silence time.Duration `yaml:"silence" env:"SILENCE" default:"75s"`
	// Largest time in which a consumer on a WebSocket must take what is written.
	Write time.Duration `yaml:"write" env:"WRITE" default:"30s"`
	// Readers (sockets, instances of long polling, webhooks) open at one time on this node.
	Readers int `yaml:"readers" env:"READERS" default:"4096"`
	// Readers that one system has open at one time on this node.
	PerSystem int `yaml:"per_system" env:"PER_SYSTEM" default:"256"`
	// Groups of one system that are remembered.
	Groups int `yaml:"groups" env:"GROUPS" default:"1024"`
	// Bytes of events that one system may produce in a second on this node, four times as much at once.
	ProduceRate Size `yaml:"produce_rate" env:"PRODUCE_RATE" default:"256MiB"`
	// Bytes of events that one system may produce in a day on this node.
	ProduceVolume Size `yaml:"produce_volume" env:"PRODUCE_VOLUME" default:"512GiB"`
	// Bytes of test events and dead events that one system may write in a second on this node, four times as much at
	// once.
	AsideRate Size `yaml:"aside_rate" env:"ASIDE_RATE" default:"1MiB"`
	// Bytes of test events and dead events that one system may write in a day on this node.
	AsideVolume Size `yaml:"aside_volume" env:"ASIDE_VOLUME" default:"1GiB"`
	// How long test events are kept.
	TestRetention time.Duration `yaml:"test_retention" env:"TEST_RETENTION" default:"1h"`
	// Events in one call of a producer.
	Batch int `yaml:"batch" env:"BATCH" default:"10000"`
	// Largest event in JSON form.
	Event Size `yaml:"event" env:"EVENT" default:"1MiB"`
	// Events that wait in memory for one reader; one that is further behind reads them from the store.
	Window int `yaml:"window" env:"WINDOW" default:"4096"`
	// Largest memory that events waiting for one reader take.
	WindowSize Size `yaml:"window_size" env:"WINDOW_SIZE" default:"4MiB"`
	// Events delivered to one reader and not confirmed, after which it gets no more until it confirms.
	Unconfirmed int `yaml:"unconfirmed" env:"UNCONFIRMED" default:"65536"`
}

// Admin is the listener for administrators: management API, health, metrics, journal.
type Admin struct {
	// Address to listen on, host:port. Port 0 takes a free one. Keep it off public networks.
	Listen string `yaml:"listen" env:"LISTEN" default:"127.0.0.1:8445"`
	// Administrators who present a token. The token that "pki init" wrote into data_dir/admin.token always counts, with
	// the role admin and the name "local".
	Tokens []Token `yaml:"tokens"`
	// Administrators who present a client certificate of a trust anchor.
	Operators []Operator `yaml:"operators"`
}

// Token recognises an administrator by a secret.
type Token struct {
	// Name under which changes are journalled.
	Name string `yaml:"name"`
	// What the bearer may do: "reader" (see resources and metrics), "operator" (change resources too), "auditor" (see
	// resources, read the journal), "dpo" (see resources, propose and approve erasures), "admin" (operator and
	// auditor).
	Role string `yaml:"role"`
	// File holding the token and nothing else, at least 32 characters; readable by the server only.
	File string `yaml:"file"`
}

// Operator recognises an administrator by a certificate.
type Operator struct {
	// Name under which changes are journalled.
	Name string `yaml:"name"`
	// What the bearer may do: "reader", "operator", "auditor", "dpo" or "admin".
	Role string `yaml:"role"`
	// SHA-256 of the certificate, 64 hexadecimal digits.
	Fingerprint string `yaml:"fingerprint"`
}

// PKI names the authorities that the platform trusts, and its own certificate.
type PKI struct {
	// Folder of the platform's own issuing authority.
	Dir string `yaml:"dir" env:"DIR" default:"<data_dir>/pki"`
	// PEM files of the authorities whose certificates are accepted. Given, they replace the own authority.
	Anchors []string `yaml:"anchors" env:"ANCHORS" default:"<pki.dir>/ca.pem"`
	// PEM files of intermediate authorities, each below an anchor: they complete the chains that callers show, and sign
	// revocation lists.
	Intermediates []string `yaml:"intermediates" env:"INTERMEDIATES"`
	// Files with revocation lists (PEM or DER), each signed by an anchor or an intermediate authority; read again
	// within 5 s of a change. A copy of each is kept in <data_dir>/lists, and counts while the file is missing, broken
	// or older.
	Lists []string `yaml:"lists" env:"LISTS" default:"<pki.dir>/ca.crl"`
	// Whether the OCSP responder that a certificate names is asked: "off"; "prefer", where its "revoked" refuses and
	// the lists decide without an answer; "require", where nothing but its "good" passes. Certificates that name none
	// are judged by the lists.
	OCSP string `yaml:"ocsp" env:"OCSP" default:"off"`
	// Longest wait for a responder. Answers are kept until their next update and renewed in the background.
	OCSPTimeout time.Duration `yaml:"ocsp_timeout" env:"OCSP_TIMEOUT" default:"3s"`
	// PEM file: the platform's certificate, leaf first, then intermediates; read again within 5 s of a change.
	PlatformCertificate string `yaml:"platform_certificate" env:"PLATFORM_CERTIFICATE" default:"<pki.dir>/platform.pem"`
	// PEM file: the key of the platform's certificate, mode 0600.
	PlatformKey string `yaml:"platform_key" env:"PLATFORM_KEY" default:"<pki.dir>/platform-key.pem"`
	// PEM file: the RSA certificate with which SOAP messages are signed, leaf first; read again within 5 s of a change.
	// Where it is missing, the platform's P-256 certificate signs for all.
	SigningCertificate string `yaml:"signing_certificate" env:"SIGNING_CERTIFICATE" default:"<pki.dir>/signing.pem"`
	// PEM file: the key of the signing certificate, RSA of at least 2048 bits, mode 0600.
	SigningKey string `yaml:"signing_key" env:"SIGNING_KEY" default:"<pki.dir>/signing-key.pem"`
}

// Journal is the evidence.
type Journal struct {
	// Name of the log in its checkpoints (C2SP tlog-checkpoint origin): a schema-less URL of the installation. Never
	// changes once records exist.
	Origin string `yaml:"origin" env:"ORIGIN" default:"mconnect.local/journal"`
	// Folder of the journal's keys: checkpoint signature, pseudonyms, sealing. Back them up apart from the store.
	Keys string `yaml:"keys" env:"KEYS" default:"<data_dir>/keys"`
	// File in which the newest signed checkpoint is kept each second, outside the database: a store that is older is
	// refused at start.
	Checkpoint string `yaml:"checkpoint" env:"CHECKPOINT" default:"<data_dir>/checkpoint"`
}

// Limits bound what callers may cost. A service may set narrower ones of its own.
type Limits struct {
	// Most connections open at one time, of each listener by itself; one too many is reset at once.
	Connections int `yaml:"connections" env:"CONNECTIONS" default:"8192"`
	// Most of them from one address, or one IPv6 network of 64 bits. Where a balancer stands in front that shows its
	// own address only, set it to limits.connections.
	PerAddress int `yaml:"per_address" env:"PER_ADDRESS" default:"2048"`
	// Most calls in flight; more are refused with platform.overloaded.
	InFlight int `yaml:"in_flight" env:"IN_FLIGHT" default:"1024"`
	// Refusals of one registered system that are recorded one by one each second, and ten times as many at once; what
	// goes beyond is counted and the count recorded.
	Refusals int `yaml:"refusals" env:"REFUSALS" default:"20"`
	// Pieces of evidence that one system may ask for each second, and ten times as many at once: each reading of the
	// journal is a record in it.
	Evidence int `yaml:"evidence" env:"EVIDENCE" default:"20"`
	// Largest request body.
	Request Size `yaml:"request" env:"REQUEST" default:"1MiB"`
	// Largest SOAP request with attachments (MTOM, SwA), envelope included.
	Attachments Size `yaml:"attachments" env:"ATTACHMENTS" default:"8MiB"`
	// Largest answer that is checked and cut.
	Answer Size `yaml:"answer" env:"ANSWER" default:"8MiB"`
	// Most memory that the bodies of requests take together, 64 KiB of each not counted; one beyond that is refused
	// with platform.overloaded.
	Bodies Size `yaml:"bodies" env:"BODIES" default:"128MiB"`
	// Most calls of one service under way at once; more are refused with provider.busy, so that a slow provider leaves
	// capacity to others.
	PerService int `yaml:"per_service" env:"PER_SERVICE" default:"512"`
	// Most memory that answers take together until their callers have read them, 64 KiB of each not counted; one
	// service has half of it. Calls whose answers would be beyond that are refused with platform.overloaded.
	Answers Size `yaml:"answers" env:"ANSWERS" default:"512MiB"`
	// Largest set of HTTP request headers.
	Headers Size `yaml:"headers" env:"HEADERS" default:"32KiB"`
	// Longest time to read the headers of a request.
	ReadHeader time.Duration `yaml:"read_header" env:"READ_HEADER" default:"5s"`
	// Longest time to read a whole request.
	Read time.Duration `yaml:"read" env:"READ" default:"30s"`
	// Longest time from the end of the request's headers to the end of the answer, streamed answers aside. A service
	// may take no longer than this less limits.piece.
	Write time.Duration `yaml:"write" env:"WRITE" default:"2m"`
	// Longest time in which more of a streamed answer must come from the provider, and in which the caller must take
	// each piece of 64 KiB. The whole may take an hour.
	Piece time.Duration `yaml:"piece" env:"PIECE" default:"30s"`
	// Longest pause between two requests on one connection.
	Idle time.Duration `yaml:"idle" env:"IDLE" default:"2m"`
	// Longest time calls in flight may take to finish once the server is stopped.
	Drain time.Duration `yaml:"drain" env:"DRAIN" default:"20s"`
}

// Providers is what the platform needs to reach data providers.
type Providers struct {
	// Longest delivery to a provider, unless the service says otherwise.
	Timeout time.Duration `yaml:"timeout" env:"TIMEOUT" default:"10s"`
	// Folder of secrets that services name (passwords, bearer tokens): <host>/<name>, one line each, mode 0600. A
	// secret is sent to that host only.
	Secrets string `yaml:"secrets" env:"SECRETS" default:"<data_dir>/secrets"`
	// Deliver through net/http's Transport instead of the platform's own HTTP/1.1 client (docs/decisions/004). Slower,
	// and Transport may send a request again of which the provider has read nothing.
	Transport bool `yaml:"transport" env:"TRANSPORT"`
	// Databases that SQL services name: name to URL ("sqlite:PATH" or "postgres://…"), best with a read-only account.
	Databases map[string]string `yaml:"databases" env:"DATABASES"`
	// Folder of registers that are files (CSV, XLSX): one folder per provider system, <system>/, in which its authority
	// drops them. The index is the folder .index/ in it: keep the folder on a local disk of this node.
	Files string `yaml:"files" env:"FILES" default:"<data_dir>/files"`
}

// Sandbox is the listener where every service answers with invented people, for those who build before an agreement is
// signed.
type Sandbox struct {
	// Address to listen on, host:port. Port 0 takes a free one. Default: there is no sandbox.
	Listen string `yaml:"listen" env:"LISTEN"`
}

// Portal is the listener with the pages for people.
type Portal struct {
	// Address to listen on, host:port. Port 0 takes a free one. Default: there is no portal.
	Listen string `yaml:"listen" env:"LISTEN"`
	// Name of the platform's operator, at the foot of pages.
	Operator string `yaml:"operator" env:"OPERATOR"`
	// E-mail address to turn to, at the foot of pages.
	Contact string `yaml:"contact" env:"CONTACT"`
	// Every page says that persons, numbers and agreements are invented.
	Demonstration bool `yaml:"demonstration" env:"DEMONSTRATION"`
	// Address under which browsers reach the portal, https://host[:port], without path. Problem documents and SOAP
	// faults lead to it.
	URL   string      `yaml:"url" env:"URL" default:"https://<first of exchange.names>:<port of portal.listen>"`
	MPass PortalMPass `yaml:"mpass" envPrefix:"MPASS_"`
}

// PortalMPass is login by MPass, the identity provider of the government (SAML 2.0). All of it is needed, or nothing.
type PortalMPass struct {
	// Entity id under which the portal is registered with MPass. Default: nobody logs in by MPass.
	EntityID string `yaml:"entity_id" env:"ENTITY_ID"`
	// Entity id of MPass, as its messages name their issuer.
	Issuer string `yaml:"issuer" env:"ISSUER"`
	// Address to which logins are sent, e.g. https://mpass.example/login/saml.
	Login string `yaml:"login" env:"LOGIN"`
	// Address to which logouts are sent, e.g. https://mpass.example/logout/saml.
	Logout string `yaml:"logout" env:"LOGOUT"`
	// PEM files: the certificates by which MPass signs, one each; two while MPass changes its key.
	Pinned []string `yaml:"pinned" env:"PINNED"`
	// PEM file: the certificate that is registered with MPass for the portal, RSA.
	Certificate string `yaml:"certificate" env:"CERTIFICATE" default:"<pki.dir>/mpass.pem"`
	// PEM file: its key, RSA of at least 2048 bits, mode 0600.
	Key string `yaml:"key" env:"KEY" default:"<pki.dir>/mpass-key.pem"`
}

// Log is what the process writes about itself to standard error. Personal numbers and secrets are
// redacted.
type Log struct {
	// Least level: debug, info, warn, error.
	Level slog.Level `yaml:"level" env:"LEVEL" default:"info"`
	// Form: "text" or "json".
	Format string `yaml:"format" env:"FORMAT" default:"text"`
}

// Runtime tunes the Go runtime.
type Runtime struct {
	// Soft limit of memory; the collector works harder near it. GOMEMLIMIT in the environment wins.
	Memory Size `yaml:"memory" env:"MEMORY" default:"512MiB"`
	// Growth of the heap in percent between collections. GOGC in the environment wins.
	GC int `yaml:"gc" env:"GC" default:"200"`
}
