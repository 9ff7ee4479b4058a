package provider

import (
	"errors"

	"mconnect/internal/catalog"
)

func (p *Provider) compileFile(*plan, *catalog.File) error { return errors.New("x") }

func (c *checker) file(*catalog.File) {}
