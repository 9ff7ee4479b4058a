// Package events is the surface for systems that exchange events: producing over HTTP, consuming by WebSocket and by
// long polling, and the tools for developers, as the live platform's producers and consumers speak it.
//
// It reads bounded messages, hands events to the broker and writes what it delivers. It knows who may do
// what as little as where events are kept: rights and durability are the broker's. What it adds: the wire's
// statuses in one table, limits, instances of long polling and the life of open sockets.
package events
