package provider

// Plans is how many compiled plans there are.
func (p *Provider) Plans() int { return len(*p.plans.Load()) }
