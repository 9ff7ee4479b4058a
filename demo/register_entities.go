package demo

import (
	"crypto/subtle"
	"net/http"
	"time"

	"mconnect"
)

const isoDay = "2006-01-02"

// entityRegister answers in the catalogue's own field names, with more than the catalogue declares,
// also inside its lists: nothing is mapped, and the platform must cut.
func entityRegister(world *Dataset) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /entitati/cautare", func(w http.ResponseWriter, r *http.Request) {
		var q struct{ IDNO string }
		if !question(w, r, &q) {
			return
		}
		e, ok := world.Entity(mconnect.IDNO(q.IDNO))
		if !ok {
			unknown(w)
			return
		}
		founders := make([]map[string]any, 0, len(e.Founders))
		for _, f := range e.Founders {
			p, _ := world.Person(f.IDNP)
			founders = append(founders, map[string]any{
				"IDNP": f.IDNP, "Name": p.FamilyName + " " + p.GivenName, "SharePercent": float64(f.Share) / 100,
				"Phone": p.Phone, // declared nowhere
			})
		}
		boss, _ := world.Person(e.Administrator)
		status := "activ"
		if !e.Active {
			status = "radiat"
		}
		reply(w, http.StatusOK, map[string]any{
			"IDNO": e.IDNO, "Name": e.Name, "LegalForm": e.Form, "Status": status,
			"RegistrationDate": e.Registered.Format(isoDay), "Address": addressOf(e.Address),
			"Administrator": map[string]any{"IDNP": boss.IDNP, "Name": boss.FamilyName + " " + boss.GivenName,
				"Phone": boss.Phone},
			"Founders":     founders,
			"InternalRisk": e.Risk, // declared nowhere
		})
	})
	return mux
}

func addressOf(a Address) map[string]any {
	out := map[string]any{"District": a.District, "Locality": a.Locality, "Street": a.Street, "House": a.House}
	if a.Apartment != "" {
		out["Apartment"] = a.Apartment
	}
	return out
}

// Slow returns the vehicle for which the vehicle register answers later than its service allows.
func (w *Dataset) Slow() mconnect.IDNV { return w.Vehicles[len(w.Vehicles)-1].IDNV }

// thinking is how long the vehicle register takes for the slow vehicle: longer than the service's
// time limit in the manifest.
const thinking = 10 * time.Second

func vehicleRegister(world *Dataset) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /api/vehicul", func(w http.ResponseWriter, r *http.Request) {
		user, password, _ := r.BasicAuth()
		if !equal(user, vehiclesUser) || !equal(password, registerSecrets["registru-transport"]) {
			w.Header().Set("WWW-Authenticate", `Basic realm="registru"`)
			reply(w, http.StatusUnauthorized, map[string]string{"eroare": "parola"})
			return
		}
		var q struct {
			ID string `json:"vin_state"`
		}
		if !question(w, r, &q) {
			return
		}
		v, ok := world.Vehicle(mconnect.IDNV(q.ID))
		if !ok {
			unknown(w)
			return
		}
		if v.IDNV == world.Slow() {
			select {
			case <-time.After(thinking):
			case <-r.Context().Done():
				return
			}
		}
		owner, _ := world.Person(v.Owner)
		reply(w, http.StatusOK, map[string]any{
			"vin_state": v.IDNV, "plate": v.Plate, "make": v.Make, "model": v.Model, "year": v.Year, "color": v.Color,
			"inspection_valid_to": v.Inspection.Format(isoDay),
			"owner": map[string]any{"idnp": owner.IDNP, "family_name": owner.FamilyName,
				"given_name": owner.GivenName, "phone": owner.Phone},
		})
	})
	return mux
}

func insuranceRegister(world *Dataset) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /prestatii", func(w http.ResponseWriter, r *http.Request) {
		if !equal(r.Header.Get("Authorization"), "Bearer "+registerSecrets["asigurari-sociale"]) {
			reply(w, http.StatusUnauthorized, map[string]string{"eroare": "jeton"})
			return
		}
		var q struct{ IDNP string }
		if !question(w, r, &q) {
			return
		}
		if _, ok := world.Person(mconnect.IDNP(q.IDNP)); !ok {
			unknown(w)
			return
		}
		list := []map[string]any{}
		for _, b := range world.BenefitsOf(mconnect.IDNP(q.IDNP)) {
			one := map[string]any{"fel": b.Kind, "suma_bani": b.Bani, "de_la": b.From.Format(isoDay),
				"oficiu": b.Office, "cont_bancar": "MD00EXEMPLU000000000000"}
			if !b.To.IsZero() {
				one["pina_la"] = b.To.Format(isoDay)
			}
			list = append(list, one)
		}
		reply(w, http.StatusOK, map[string]any{"asigurat": q.IDNP, "prestatii": list})
	})
	return mux
}

func equal(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }
