package demo

import (
	"context"
	"crypto/subtle"
	"net/http"
	"time"

	"mconnect"
)

const isoDay = "2006-01-02"

// entityRegister answers in the catalogue's own field names, with more than the catalogue declares,
// also inside its lists: nothing is mapped, and the platform must cut.
func entityRegister(dataset *Dataset) http.Handler {
	type question struct{ IDNO mconnect.IDNO }
	return answering("POST /entitati/cautare", func(_ context.Context, q question) (any, bool) {
		e, ok := dataset.Entity(q.IDNO)
		if !ok {
			return nil, false
		}
		founders := make([]map[string]any, 0, len(e.Founders))
		for _, f := range e.Founders {
			p, _ := dataset.Person(f.IDNP)
			founders = append(founders, map[string]any{
				"IDNP": f.IDNP, "Name": p.FamilyName + " " + p.GivenName, "SharePercent": float64(f.Share) / 100,
				"Phone": p.Phone, // declared nowhere
			})
		}
		boss, _ := dataset.Person(e.Administrator)
		status := "activ"
		if !e.Active {
			status = "radiat"
		}
		address := map[string]any{"District": e.Address.District, "Locality": e.Address.Locality,
			"Street": e.Address.Street, "House": e.Address.House}
		if e.Address.Apartment != "" {
			address["Apartment"] = e.Address.Apartment
		}
		return map[string]any{
			"IDNO": e.IDNO, "Name": e.Name, "LegalForm": e.Form, "Status": status,
			"RegistrationDate": e.Registered.Format(isoDay), "Address": address,
			"Administrator": map[string]any{"IDNP": boss.IDNP, "Name": boss.FamilyName + " " + boss.GivenName,
				"Phone": boss.Phone},
			"Founders":     founders,
			"InternalRisk": e.Risk, // declared nowhere
		}, true
	})
}

// Slow returns the vehicle for which the vehicle register answers later than its service allows.
func (w *Dataset) Slow() mconnect.IDNV { return w.Vehicles[len(w.Vehicles)-1].IDNV }

// thinking is how long the vehicle register takes for the slow vehicle: longer than the service's
// time limit in the manifest.
const thinking = 10 * time.Second

// vehicleRegister demands a basic password.
func vehicleRegister(dataset *Dataset) http.Handler {
	type question struct {
		ID mconnect.IDNV `json:"vin_state"`
	}
	inner := answering("POST /api/vehicul", func(ctx context.Context, q question) (any, bool) {
		v, ok := dataset.Vehicle(q.ID)
		if !ok {
			return nil, false
		}
		if v.IDNV == dataset.Slow() {
			select {
			case <-time.After(thinking):
			case <-ctx.Done():
			}
		}
		owner, _ := dataset.Person(v.Owner)
		return map[string]any{
			"vin_state": v.IDNV, "plate": v.Plate, "make": v.Make, "model": v.Model, "year": v.Year, "color": v.Color,
			"inspection_valid_to": v.Inspection.Format(isoDay),
			"owner": map[string]any{"idnp": owner.IDNP, "family_name": owner.FamilyName,
				"given_name": owner.GivenName, "phone": owner.Phone},
		}, true
	})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		user, password, _ := r.BasicAuth()
		if !equal(user, vehiclesUser) || !equal(password, registerSecrets["registru-transport"]) {
			w.Header().Set("WWW-Authenticate", `Basic realm="registru"`)
			reply(w, http.StatusUnauthorized, map[string]string{"eroare": "parola"})
			return
		}
		inner.ServeHTTP(w, r)
	})
}

// insuranceRegister demands a bearer token.
func insuranceRegister(dataset *Dataset) http.Handler {
	type question struct{ IDNP mconnect.IDNP }
	inner := answering("POST /prestatii", func(_ context.Context, q question) (any, bool) {
		list := []map[string]any{}
		for _, b := range dataset.BenefitsOf(q.IDNP) {
			one := map[string]any{"fel": b.Kind, "suma_bani": b.Bani, "de_la": b.From.Format(isoDay),
				"oficiu": b.Office, "cont_bancar": "MD00EXEMPLU000000000000"}
			if !b.To.IsZero() {
				one["pina_la"] = b.To.Format(isoDay)
			}
			list = append(list, one)
		}
		_, ok := dataset.Person(q.IDNP)
		return map[string]any{"asigurat": q.IDNP, "prestatii": list}, ok
	})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !equal(r.Header.Get("Authorization"), "Bearer "+registerSecrets["asigurari-sociale"]) {
			reply(w, http.StatusUnauthorized, map[string]string{"eroare": "jeton"})
			return
		}
		inner.ServeHTTP(w, r)
	})
}

func equal(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }
