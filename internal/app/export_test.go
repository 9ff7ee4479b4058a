package app

import (
	"mconnect/internal/config"
	"mconnect/internal/surface/portal"
)

// PortalCalls is what the portal reads of calls.
func (a *App) PortalCalls() portal.Calls { return portalCalls{a} }

// PortalSandbox is what the portal's console of the sandbox works with.
func (a *App) PortalSandbox() portal.Sandbox { return portalSandbox{a} }

// PortalPages is the portal as the application wires it, at an address.
func (a *App) PortalPages(url string) (*portal.Surface, error) {
	return a.pages(config.Portal{URL: url})
}
