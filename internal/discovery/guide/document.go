package guide

import (
	"slices"

	"mconnect"
	"mconnect/internal/domain/catalog"
	"mconnect/internal/domain/catalog/search"
	"mconnect/internal/domain/schema"
)

// Document makes of r what a search finds. Owner says the names of a participant; serves that calls can get this
// version.
func Document(r *catalog.Ready, library *schema.Library, owner mconnect.Text, serves bool) search.Document {
	d := search.Document{
		ID: r.ID(), Group: string(r.Name), Owner: string(r.OwnerID()), Status: string(r.Status), Personal: r.Personal,
		Serves: serves,
	}
	d.Name(search.InName, string(r.Name))
	d.Say(search.InTitle, r.Title)
	d.Say(search.InDescription, r.Description)
	d.Say(search.InDescription, r.Quality.Source)
	d.Name(search.InOwner, d.Owner)
	d.Say(search.InOwner, owner)
	for _, code := range r.Categories {
		for up, steps := code, 0; up != "" && steps < 20 && !slices.Contains(d.Categories, up); steps++ {
			d.Categories = append(d.Categories, up)
			d.Name(search.InCategory, up)
			c, _ := library.Category(up)
			d.Say(search.InCategory, c.Title)
			up = c.Parent
		}
	}
	addFields(&d, r.Request.Fields)
	addFields(&d, r.Response.Fields)
	d.Name(search.InFieldName, r.Response.Name)
	return d
}

func addFields(d *search.Document, all []schema.Field) {
	for i := range all {
		f := &all[i]
		d.Name(search.InFieldName, f.Name)
		d.Say(search.InFieldText, f.Description)
		if f.Codes != nil {
			d.Say(search.InFieldText, f.Codes.Title)
		}
		addFields(d, f.Fields)
		if f.Items != nil {
			addFields(d, []schema.Field{*f.Items})
		}
	}
}
