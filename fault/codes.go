package fault

// The codes. A code is never renamed or reused; its sentences may improve.
const (
	InternalError Code = "internal"

	// Reading the message.
	MessageMalformed    Code = "message.malformed"    // not readable as the protocol demands; {what}
	MessageTooLarge     Code = "message.tooLarge"     // over {limit} bytes
	MessageTooDeep      Code = "message.tooDeep"      // nested deeper than {limit}
	MessageDuplicateKey Code = "message.duplicateKey" // the same JSON key twice in one object
	MessageMediaType    Code = "message.mediaType"    // want {want}
	MessageTooSlow      Code = "message.tooSlow"      // the caller did not send it in time
	MethodNotAllowed    Code = "message.method"       // want {want}
	PathUnknown         Code = "path.unknown"
	PathForeign         Code = "path.foreign"           // the address is that of another system
	OriginForeign       Code = "origin.foreign"         // a browser sent it for a page of another site
	NotUnderstood       Code = "message.mustUnderstand" // {name}: a header block that must be understood and is not
	EnvelopeVersion     Code = "envelope.version"       // {namespace}: an Envelope of no version of SOAP that is known
	AttachmentUnknown   Code = "attachment.unknown"     // {id} is referred to and not attached, or more than once
	AttachmentUnsigned  Code = "attachment.unsigned"    // a signature represents what it does not cover
	Overloaded          Code = "platform.overloaded"    // too many calls in flight
	Draining            Code = "platform.draining"      // this node is stopping

	// XML, before anything in it is trusted.
	XMLMalformed   Code = "xml.malformed"   // {what} in line {line}
	XMLEncoding    Code = "xml.encoding"    // the bytes are no text in {encoding}
	XMLDoctype     Code = "xml.doctype"     // document type declarations are refused
	XMLEntity      Code = "xml.entity"      // {name}: an entity other than the five
	XMLInstruction Code = "xml.instruction" // a processing instruction in a message
	XMLNamespace   Code = "xml.namespace"   // {what}: a namespace or prefix against the rules
	XMLTooLarge    Code = "xml.tooLarge"    // over {limit} {what}
	XMLTooDeep     Code = "xml.tooDeep"     // over {limit} levels

	// WS-Security signature.
	SignatureEnvelope     Code = "signature.envelope"     // {what}: not one Envelope with exactly one Body
	SignatureMissing      Code = "signature.missing"      // no signature in a Security header
	SignatureSeveral      Code = "signature.several"      // more than one signature
	SignatureMalformed    Code = "signature.malformed"    // {what} missing, repeated or unexpected
	SignatureAlgorithm    Code = "signature.algorithm"    // {algorithm} is on no list
	SignatureWeak         Code = "signature.weak"         // SHA-1 without leave
	SignatureTransform    Code = "signature.transform"    // {algorithm} is no allowed transform
	SignatureReference    Code = "signature.reference"    // {uri} leads to nothing that may be signed
	SignatureDuplicateID  Code = "signature.duplicateId"  // {id} stands twice
	SignatureBodyUnsigned Code = "signature.bodyUnsigned" // Body is not covered
	SignatureDigest       Code = "signature.digest"       // {part} was changed after signing
	SignatureWrong        Code = "signature.wrong"        // does not verify with the registered key
	SignatureCritical     Code = "signature.critical"     // {names}: must be understood and are not
	SignatureClaim        Code = "signature.claim"        // {name}: the signature states another than the request
	// {name}: demanded by the policy, not covered by the signature
	SignatureClaimMissing Code = "signature.claimMissing"
	// {form} is not among {allowed}, by the policy of the system
	SignatureForm            Code = "signature.form"
	SignatureComponent       Code = "signature.component"       // {name}: must be covered, or cannot be
	SignatureKeyInfo         Code = "signature.keyInfo"         // {what}: the key is named in no accepted way
	SignatureKey             Code = "signature.key"             // the registered key is of the wrong kind or too short
	SignatureCertificate     Code = "signature.certificate"     // no registered certificate fits
	SignatureReplayed        Code = "signature.replayed"        // the same signature was seen before
	SignatureReplayFull      Code = "signature.replayMemory"    // the memory of seen signatures is full
	SignatureTimestamp       Code = "signature.timestamp"       // {what}: unreadable or contradictory
	SignatureTimestampAbsent Code = "signature.timestampAbsent" // demanded, absent or not signed
	SignatureExpired         Code = "signature.expired"         // {expires}
	SignatureFuture          Code = "signature.future"          // {created} lies ahead

	// Identity.
	CertificateMissing   Code = "certificate.missing"
	CertificateUntrusted Code = "certificate.untrusted"     // no chain to a trust anchor
	CertificateUsage     Code = "certificate.usage"         // {has}: does not serve {want}
	CertificateIssuer    Code = "certificate.issuerExpired" // {issuer} was valid from {from} to {to}
	CertificateWithdrawn Code = "certificate.issuerRevoked" // that of {issuer}
	CertificateUnknown   Code = "certificate.unknown"       // trusted, but registered for no system
	CertificateExpired   Code = "certificate.expired"
	CertificateNotYet    Code = "certificate.notYetValid"
	CertificateRevoked   Code = "certificate.revoked"
	CertificateStatus    Code = "certificate.status"   // {responder} does not say whether it is revoked
	CertificateConflict  Code = "certificate.conflict" // that of TLS and that of the signature are of different systems
	CredentialsInvalid   Code = "credentials.invalid"  // admin token
	RoleMissing          Code = "role.missing"         // administrator lacks {role}

	// Rights of persons.
	RightMissing  Code = "right.missing"  // no role of the person grants {action}; {roles} have it
	RightConflict Code = "right.conflict" // {action} after {done} by the same person
	RightStepUp   Code = "right.stepUp"   // {action} needs the identity to be confirmed again
	// {action} of the platform's staff needs an account with a second factor
	RightSecondFactor Code = "right.secondFactor"

	// Legal acts.
	ActUnknown    Code = "act.unknown"    // {act} is not in the register of legal acts
	ActVersion    Code = "act.version"    // {act} has no version of {version}
	ActArticle    Code = "act.article"    // {act} has no {article}
	ActNotInForce Code = "act.notInForce" // {article} of {act} is not in force on {day}

	// Accounts of persons.
	LoginRequired      Code = "login.required"      // the page is for persons who have logged in
	LoginRefused       Code = "login.refused"       // name, password or code; which one is not said
	LoginThrottled     Code = "login.throttled"     // the next attempt is possible in {wait}
	LoginTaken         Code = "login.taken"         // another account has the login
	LoginBlocked       Code = "login.blocked"       // the person may not log in
	ContextUnavailable Code = "context.unavailable" // the person has no role there now
	CodeRefused        Code = "code.refused"        // of setting up the first account
	PasswordWeak       Code = "password.weak"       // a FieldError: it is guessed at once
	PersonUnknown      Code = "person.unknown"      //
	MembershipUnknown  Code = "membership.unknown"  //
	MembershipLast     Code = "membership.last"     // that of the last manager of a participant
	MembershipHeld     Code = "membership.held"     // the person has the role already
	MembershipOwn      Code = "membership.own"      // proposed by the person, or for the person, who approves
	SessionUnknown     Code = "session.unknown"     // not there, or another person's

	// Access requests.
	AgreementGranted   Code = "agreement.granted"   // {agreement} is decided and does not begin yet
	RequestUnknown     Code = "request.unknown"     // none of this number, or not for this person
	RequestStale       Code = "request.stale"       // changed to revision {revision} meanwhile
	RequestState       Code = "request.state"       // {step} is not possible in the state {state}
	RequestInvalid     Code = "request.invalid"     // Fields list what is wrong with the answers or the decision
	RequestDigest      Code = "request.digest"      // the signature is of another content
	RequestSigner      Code = "request.signer"      // another person signed
	RequestSignature   Code = "request.signature"   // not readable, forged, or by a certificate that is not trusted
	RequestParties     Code = "request.parties"     // the participant {participant} may not ask or is not active
	RequestExists      Code = "request.exists"      // {agreement} covers this already: amend it
	RequestOpen        Code = "request.open"        // {request} asks for a change of {agreement} already
	RequestTests       Code = "request.tests"       // the start wants green tests and a certificate
	RequestPeriod      Code = "request.period"      // the period cannot be made longer now
	DocumentUnknown    Code = "document.unknown"    // none of this number or code
	DocumentThrottled  Code = "document.throttled"  // {wait}: until the next code may be tried from this address
	AttachmentRefused  Code = "attachment.refused"  // {what}
	AgreementByRequest Code = "agreement.byRequest" // {id} was made by request {request}

	// The errors of a form: a closed list.
	FormMissing              Code = "form.missing"
	FormUnknownField         Code = "form.unknownField"
	FormBadValue             Code = "form.badValue"
	FormBadFormat            Code = "form.badFormat"
	FormTooLong              Code = "form.tooLong" // {max}
	FormHiddenAnswered       Code = "form.hiddenAnswered"
	FormVersionExpired       Code = "form.versionExpired"
	FormContradictsCatalogue Code = "form.contradictsCatalogue" // {value}
	FormBeyondAgreement      Code = "form.beyondAgreement"      // {value}: a narrowing asks for more than is granted
	FormNotAuthorisedOption  Code = "form.notAuthorisedOption"
	FormActNotInForce        Code = "form.actNotInForce" // {act}
	FormAttachmentRefused    Code = "form.attachmentRefused"
	FormVerifyOnly           Code = "form.verifyOnly" // a warning

	// Login by an identity provider.
	LoginMarkup       Code = "login.markup"       // {what} in the message of the identity provider cannot be read
	LoginSignature    Code = "login.signature"    // the message is not signed as agreed with the identity provider
	LoginWeak         Code = "login.weak"         // signed with SHA-1
	LoginKey          Code = "login.key"          // signed by a key that is not one of the identity provider's
	LoginAssertion    Code = "login.assertion"    // {what} stands where exactly one readable assertion must stand
	LoginIssuer       Code = "login.issuer"       // issued by another identity provider
	LoginDestination  Code = "login.destination"  // the message is addressed to another place
	LoginRecipient    Code = "login.recipient"    // the statement about the person is addressed to another place
	LoginAudience     Code = "login.audience"     // the statement about the person is meant for another service
	LoginExpired      Code = "login.expired"      // the message is no longer valid
	LoginEarly        Code = "login.early"        // the message is valid only later
	LoginUnsolicited  Code = "login.unsolicited"  // it answers no login that was begun here, or one that is over
	LoginBrowser      Code = "login.browser"      // the login was begun in another browser
	LoginReplayed     Code = "login.replayed"     // the message was used before
	LoginStatus       Code = "login.status"       // the identity provider refused the login: {status}
	LoginPassive      Code = "login.passive"      // the identity provider needs to ask the person first
	LoginIncomplete   Code = "login.incomplete"   // the statement about the person lacks {what}
	LoginNotConfirmed Code = "login.notConfirmed" // the identity was not confirmed again
	LoginPerson       Code = "login.person"       // another person confirmed the identity

	// Erasures, which want two persons.
	ErasureNothing Code = "erasure.nothing" // no record holds the person's identifier
	ErasureOwn     Code = "erasure.own"     // the proposer does not approve
	ErasureSubject Code = "erasure.subject" // the approval names another person
	ErasureDecided Code = "erasure.decided" // the proposal is {state}

	// Standing.
	SystemSuspended      Code = "system.suspended"
	SystemNotConsumer    Code = "system.notConsumer"
	ParticipantSuspended Code = "participant.suspended"
	NetworkForbidden     Code = "network.forbidden" // the address is not in the system's networks

	// Service.
	ServiceUnknown   Code = "service.unknown"   // {service}
	ServiceVersion   Code = "service.version"   // {service} has no published {version}
	ServiceRetired   Code = "service.retired"   // {service}, {successor}
	ServiceForm      Code = "service.form"      // {service} answers with a document, which this protocol does not carry
	ServiceSuspended Code = "service.suspended" // provider system or participant suspended

	// Legal context.
	ContextMissing      Code = "context.missing"      // {name} is required
	ContextTooLong      Code = "context.tooLong"      // {name} over {limit} characters
	ContextMalformed    Code = "context.malformed"    // {name} is not readable text
	ContextConflict     Code = "context.conflict"     // {name} stated twice with different values
	CallerUserInvalid   Code = "caller.userInvalid"   // CallingUser is no IDNP and not the system's id
	CallerEntityInvalid Code = "caller.entityInvalid" // CallingEntity is no IDNO
	CallerEntityForeign Code = "caller.entityForeign" // neither the owner nor represented by the system
	CallerUserIsSubject Code = "caller.userIsSubject" // the looked-up person is stated as the caller

	// Agreement.
	AgreementNone       Code = "agreement.none"    // {system} has no agreement for {service}
	AgreementNotYet     Code = "agreement.notYet"  // begins {from}
	AgreementExpired    Code = "agreement.expired" // ended {to}
	AgreementSuspended  Code = "agreement.suspended"
	AgreementHalted     Code = "agreement.halted" // {side} suspended it on {since}: {cause}
	AgreementTerminated Code = "agreement.terminated"
	SuspensionForeign   Code = "suspension.foreign" // only {side} sets and lifts its suspension
	SuspensionExists    Code = "suspension.exists"  // {side} suspended {agreement} already
	SuspensionNone      Code = "suspension.none"    // {side} did not suspend {agreement}
	AgreementVersion    Code = "agreement.version"  // covers {range}, not {version}
	PurposeUnknown      Code = "purpose.unknown"    // CallBasis is accepted by no purpose; {accepted}
	PurposeReason       Code = "purpose.reason"     // CallReason does not have the form {form}
	PurposeNotYet       Code = "purpose.notYet"
	PurposeExpired      Code = "purpose.expired"
	FieldNotGranted     Code = "field.notGranted" // {field} asked for, not granted for {purpose}
	QuotaUsedUp         Code = "quota.usedUp"     // {limit} calls a day
	RateExceeded        Code = "rate.exceeded"    // {limit} calls a second

	// Events.
	EventTypeUnknown   Code = "event.typeUnknown"   // {type} is not published
	EventTypeRetired   Code = "event.typeRetired"   // {type}
	EventTypeForeign   Code = "event.typeForeign"   // {system} may not produce {type}
	EventSourceForeign Code = "event.sourceForeign" // {system} may not produce {type} under {source}
	EventInvalid       Code = "event.invalid"       // data against the schema of {type}; see Fields
	EventContentType   Code = "event.contentType"   // {type} is {want}
	EventNoEntitlement Code = "event.noEntitlement" // {system} has no agreement for {type}
	EventAccount       Code = "event.account"       // nothing usable at {path}, which the journal must hold as {name}
	EventOpaque        Code = "event.opaque"        // {type}: a payload that is not JSON cannot be cut
	EventRule          Code = "event.rule"          // a FieldError: against {rule} of the schema
	EventSchema        Code = "event.schema"        // a FieldError: the schema is not usable; {what}
	EventExpression    Code = "event.expression"    // a FieldError: the filter is not usable; {what}
	EventPath          Code = "event.path"          // a FieldError: no path into the data
	EventIncompatible  Code = "event.incompatible"  // a FieldError: {path} {change} breaks consumers within one MAJOR
	SystemUnknown      Code = "system.unknown"      // {system}
	SystemNotProducer  Code = "system.notProducer"  // {system}
	AgreementAccount   Code = "agreement.account"   // {agreement} does not say how consumption is accounted for

	// Input against the schema; also the codes of FieldErrors.
	InputInvalid      Code = "input.invalid" // see Fields
	InputMissing      Code = "input.missing"
	InputUnknownField Code = "input.unknownField"
	InputType         Code = "input.type"    // want {want}
	InputLength       Code = "input.length"  // {min} to {max}
	InputPattern      Code = "input.pattern" // {pattern}
	InputEnum         Code = "input.enum"    // one of {values}
	InputRange        Code = "input.range"   // {min} to {max}
	InputCheckDigit   Code = "input.checkDigit"
	InputClassifier   Code = "input.classifier" // no code of {classifier}
	InputFormat       Code = "input.format"     // want {want}

	// Events on the wire.
	EventMalformed  Code = "event.malformed"  // readable, but no CloudEvent; {what}
	EventFuture     Code = "event.future"     // {time} lies more than a minute ahead of {now}
	InstanceUnknown Code = "instance.unknown" // no such reader, or expired, or another system's

	// Provider.
	ProviderDown        Code = "provider.down"        // cannot be reached
	ProviderBroken      Code = "provider.breaker"     // breaker open after repeated failures
	ProviderTimeout     Code = "provider.timeout"     // no answer in {limit}
	ProviderRefused     Code = "provider.refused"     // the provider said no; see Provider sentence
	ProviderStatus      Code = "provider.status"      // unexpected status {status}
	ProviderMalformed   Code = "provider.malformed"   // answer not readable
	ProviderInvalid     Code = "provider.invalid"     // answer against the catalogue; see Fields
	ProviderTooLarge    Code = "provider.tooLarge"    // answer over {limit} bytes
	ProviderNoRecord    Code = "subject.notFound"     // the register holds nothing under this key
	ProviderUntrusted   Code = "provider.untrusted"   // its certificate is not the expected one
	ProviderMapping     Code = "provider.mapping"     // the declared mapping failed on this message
	ProviderInterrupted Code = "provider.interrupted" // the connection broke inside the answer
	// it asks for a client certificate, and the service is declared without one
	ProviderWantsCert Code = "provider.wantsCertificate"
	// it asks for the client certificate after the request, and none could be shown any more
	ProviderCertLate Code = "provider.lateCertificate"
	// too many calls of this service are under way; they wait for the provider or for slow readers
	ProviderBusy Code = "provider.busy"
	// a SOAP fault, {fault}, that is not the request's; see Provider sentence
	ProviderFault  Code = "provider.fault"
	ProviderNoFile Code = "provider.noFile" // the file behind the service has not come yet
	ProviderStale  Code = "provider.stale"  // the file behind the service is older than {limit}
	// a file uploaded for a service; {count} places or rows, see Fields
	FileInvalid Code = "file.invalid"

	FileFlaw Code = "file.flaw" // a place of a file cannot be taken; {what}

	// Why a provider's answer, or a file, cannot be read: Fields of provider.malformed and file.invalid.
	AnswerCompressed Code = "answer.compressed" // compressed though not asked to be
	AnswerMediaType  Code = "answer.mediaType"  // want {want}
	AnswerEncoding   Code = "answer.encoding"   // the bytes are not {encoding}
	AnswerCharset    Code = "answer.charset"    // {encoding} is not known
	AnswerElement    Code = "answer.element"    // Body holds another element than {want}
	AnswerVersion    Code = "answer.version"    // another version of SOAP than {want}
	AnswerNotSOAP    Code = "answer.notSoap"    // no SOAP envelope
	AnswerHTTP       Code = "answer.http"       // not acceptable HTTP
	AnswerCut        Code = "answer.cut"        // its end is not marked, or did not come

	// Record.
	RecordUnavailable Code = "record.unavailable" // the journal cannot be written: no record, no exchange
	StoreUnavailable  Code = "store.unavailable"
	StoreHeld         Code = "store.held"     // {store} is written by {holder}
	StoreVersion      Code = "store.version"  // the tables are of version {stored}, the program knows {known}
	KeysMissing       Code = "keys.missing"   // {files} are missing and the store holds {records} records
	KeysForeign       Code = "keys.foreign"   // the keys in {folder} are not those that signed the journal
	BackupDamaged     Code = "backup.damaged" // {file} is not what its manifest says
	BackupGap         Code = "backup.gap"     // {backup} continues backup {parent}, which is missing or another
	RecordUnknown     Code = "record.unknown" // no such record, or not the caller's
	RecordRate        Code = "record.rate"    // evidence is asked for more often than {limit} times a second

	// Management.
	ResourceInvalid  Code = "resource.invalid"  // see Fields
	ResourceUnknown  Code = "resource.unknown"  // {kind} {id}
	ResourceConflict Code = "resource.conflict" // changed meanwhile; {kind} {id}
	ResourceInUse    Code = "resource.inUse"    // {kind} {id} is referred to by {by}

	// {kind} {id} is {state} since {since} by {by}; ends by a resume only
	ResourceSuspended Code = "resource.suspended"
	// the stored state of {kind} {id} is not the one recorded ({revision})
	ResourceUnrecorded Code = "resource.unrecorded"
	ResourceFinal      Code = "resource.final"     // {kind} {id} is {state} since {since} by {by}; permanently
	ResourceDuplicate  Code = "resource.duplicate" // {kind} {id} is stated twice
	ResourceRole       Code = "resource.role"      // {kind} {id} lacks the role {role}
	QueryInvalid       Code = "query.invalid"      // {what}

	// Manifests as files.
	ManifestSyntax   Code = "manifest.syntax"   // not YAML: {what}
	ManifestField    Code = "manifest.field"    // the field {name} is not known here
	ManifestTwice    Code = "manifest.twice"    // the field {name} is stated twice
	ManifestVariable Code = "manifest.variable" // the variable {name} has no value
	ManifestBound    Code = "manifest.bound"    // more than {nodes} values, or nested deeper than {depth}
	ManifestNone     Code = "manifest.none"     // no *.yaml file
	ManifestAmount   Code = "manifest.amount"   // over {limit} resources

	// Importing descriptions of services.
	ImportMalformed   Code = "import.malformed"   // {where}: {what}
	ImportUnsupported Code = "import.unsupported" // {where}: {what}
	ImportEncoding    Code = "import.encoding"    // {where}: not in {encoding}, or in one that is not read
	ImportReference   Code = "import.reference"   // {where}: {ref} leads nowhere
	ImportOutside     Code = "import.outside"     // {where}: {ref} leads out of the folder
	// {where}: {ref} is declared in {url}, which was not fetched; {file} is its usual name
	ImportRemote Code = "import.remote"
	ImportLimit  Code = "import.limit" // {where}: over {limit}
	ImportEmpty  Code = "import.empty" // {where} gave no draft

	// Life of a service version and of what services share.
	TypeCycle        Code = "type.cycle"        // {type} holds itself
	ServiceStep      Code = "service.step"      // no way from {from} to {to}
	EventStep        Code = "event.step"        // no way from {from} to {to}
	ServiceGone      Code = "service.gone"      // retired permanently
	ServiceNotice    Code = "service.notice"    // sunset not before {earliest}
	ServiceSunset    Code = "service.sunset"    // may be retired from {earliest}
	ServiceImmutable Code = "service.immutable" // {service} is published: {change}
	ServiceSmallStep Code = "service.smallStep" // {change} demands at least {want}

	// Carrying events.
	EventOffset       Code = "event.offset"       // {offset} was not delivered to this reader
	EventNotDelivered Code = "event.notDelivered" // the event is none that this consumer got
	EventRate         Code = "event.rate"         // a system writes over {limit} bytes a second
	EventVolume       Code = "event.volume"       // a system writes over {limit} bytes a day
	EventPolling      Code = "event.polling"      // a poll of the instance waits already
	// the address of the instance is one of node {node}; this is {here}
	EventInstanceElsewhere Code = "event.instanceElsewhere"
	EventIdentity          Code = "event.identity"     // {source} {id} was produced as {type}
	EventSources           Code = "event.sources"      // {source} of {system} overlaps {other} of {by}
	EventReaders           Code = "event.readers"      // {limit} readers are open already
	EventGroups            Code = "event.groups"       // {limit} groups are remembered already
	EventFrom              Code = "event.from"         // {what}: reading cannot begin there
	EventBatch             Code = "event.batch"        // over {limit} events in one call
	EventSize              Code = "event.size"         // over {limit} bytes in one event
	EventGroup             Code = "event.group"        // the name of the group is malformed
	EventGroupUnknown      Code = "event.groupUnknown" // {group} of {system} never read
	EventUnknown           Code = "event.unknown"      // the caller produced none with this source and id
	EventReceipts          Code = "event.receipts"     // a receipt is being made for the system already
	EventNothing           Code = "event.nothing"      // neither events nor test nor dead events asked for
	EventClosed            Code = "event.closed"       // the reader was closed

	// Pushing events.
	WebhookName        Code = "webhook.name"        // {host} cannot be resolved
	WebhookConnect     Code = "webhook.connect"     // no connection to {host}; {what}
	WebhookTimeout     Code = "webhook.timeout"     // no answer of {host} within {limit}
	WebhookTLS         Code = "webhook.tls"         // no TLS with {host}; {what}
	WebhookCertificate Code = "webhook.certificate" // the certificate of {host}; {what}
	WebhookForbidden   Code = "webhook.forbidden"   // {address} is outside the system's networks
	WebhookStatus      Code = "webhook.status"      // {status} was answered
	WebhookRedirect    Code = "webhook.redirect"    // {status} leads elsewhere, and is not followed
	WebhookPermission  Code = "webhook.permission"  // handshake answered {status} without permission for {origin}
	WebhookPace        Code = "webhook.pace"        // WebHook-Allowed-Rate is no positive number
	WebhookGone        Code = "webhook.gone"        // 410: the target is retired
	WebhookSecret      Code = "webhook.secret"      // the secret {name} for {host} cannot be read
	WebhookSigning     Code = "webhook.signing"     // the platform's key cannot sign
	WebhookAddress     Code = "webhook.address"     // a FieldError: the URL cannot be used; {what}
	WebhookNetworks    Code = "webhook.networks"    // a FieldError: {system} has no networks
	WebhookBusy        Code = "webhook.busy"        // a test of it runs already
	WebhookUnknown     Code = "webhook.unknown"     // {system} {group} is not pushed to
)
