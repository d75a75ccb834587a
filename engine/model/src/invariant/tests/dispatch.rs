//! Dispatch.

use super::super::tale::*;
use super::tales::*;
use super::*;
use crate::trace::{
    Completion, Entry, EventAttributes, EventMember, EventType, Exception, FunctionId, Given, HandlerValue,
    Interface, ListenerOptions, Method, PayloadId, ReadyState, Target, TcpEnd, WhichEvent,
};

const KEEPS: Entry = Entry::ReadEvent { event: WhichEvent::Current, member: EventMember::Itself, value: 0 };

/// An event of the page's own, whose only listener calls `preventDefault()`.
fn prevented(cancelable: bool, options: ListenerOptions) -> Tale {
    let mut tale = Tale::opened(|t| {
        t.listen(1, options);
    });
    tale.timer(|t| {
        t.dispatch_made(EventAttributes { cancelable, ..trusted(EventType::Close) }, |t| {
            t.called(1, "", |t| {
                t.add(Entry::PreventDefault);
            });
        });
    });
    let is_canceled = cancelable && !options.passive;
    let end = tale.trace.entries.iter().rposition(kind(Kind::FireEnd)).expect("it is there");
    if let Entry::FireEnd { default_prevented, .. } = &mut tale.trace.entries[end] {
        *default_prevented = is_canceled;
    }
    tale.quiescent();
    tale
}

fn turn_canceled(tale: &mut Tale) {
    let end = tale.trace.entries.iter().rposition(kind(Kind::FireEnd)).expect("it is there");
    if let Entry::FireEnd { default_prevented, .. } = &mut tale.trace.entries[end] {
        *default_prevented ^= true;
    }
}

#[test]
fn an_event_is_canceled_as_asked() {
    check("INV-58", prevented(true, NO_OPTIONS), turn_canceled);
    let reads = |event, value| {
        let member = EventMember::DefaultPrevented;
        move |t: &mut Tale| t.after(kind(Kind::PreventDefault), Entry::ReadEvent { event, member, value })
    };
    check("INV-58", prevented(true, NO_OPTIONS), reads(WhichEvent::Current, 0));
    let mut told = prevented(true, NO_OPTIONS);
    reads(WhichEvent::Current, 1)(&mut told);
    assert!(told.judge().broken.is_none());
    for event in [WhichEvent::Current, WhichEvent::Kept] {
        let mut ignored = prevented(false, NO_OPTIONS);
        reads(event, 1)(&mut ignored);
        assert!(ignored.judge().all_broken.contains(index("INV-58")), "{event:?}");
    }
    // The one that was kept stays canceled, through the end of its dispatch and through another one.
    let again = || {
        let mut tale = Tale::opened(|t| {
            t.listen(1, ListenerOptions { once: true, ..NO_OPTIONS });
        });
        let made = EventAttributes { cancelable: true, ..trusted(EventType::Close) };
        tale.timer(|t| {
            t.dispatch_made(made, |t| {
                t.called(1, "", |t| {
                    t.add(Entry::PreventDefault).add(KEEPS);
                });
            });
        });
        turn_canceled(&mut tale);
        tale.timer(|t| {
            t.add(Entry::ReadEvent { event: WhichEvent::Kept, member: EventMember::Itself, value: 0 });
            t.call(Method::DispatchEvent, Completion::Normal, |t| {
                t.dispatch(WS, EventAttributes { is_trusted: false, ..made }, nothing);
            });
        });
        turn_canceled(&mut tale);
        tale.quiescent();
        tale
    };
    check("INV-58", again(), turn_canceled);
    check("INV-113", again(), |t| t.change_event(|event| event.bubbles = true));
    check("INV-89", again(), |t| {
        t.remove(|entry| matches!(entry, Entry::ReadEvent { event: WhichEvent::Kept, .. }));
    });
    let passive = ListenerOptions { passive: true, ..NO_OPTIONS };
    for mut tale in [prevented(false, NO_OPTIONS), prevented(true, passive)] {
        assert!(tale.judge().broken.is_none());
        turn_canceled(&mut tale);
        assert!(tale.judge().all_broken.contains(index("INV-58")));
    }
}

#[test]
fn the_onerror_of_the_global_object_cancels_nothing_by_false() {
    let error =
        EventAttributes { interface: Interface::ErrorEvent, cancelable: true, ..trusted(EventType::Error) };
    let returned_false = |event: EventAttributes| {
        let mut tale = Tale::opened(|t| {
            let (event_type, value) = (EventType::Error, HandlerValue::Function(FunctionId(1)));
            t.add(Entry::SetHandler { target: Target::Global, event_type, value });
        });
        tale.timer(|t| {
            t.add(Entry::FireBegin { target: Target::Global, event });
            t.add(Entry::Listener {
                target: Target::Global,
                event_type: EventType::Error,
                function: FunctionId(1),
                capture: false,
                handler: true,
                ready_state: ReadyState::Connecting,
            });
            let completion = Completion::ReturnedFalse;
            t.add(Entry::ListenerEnd { target: Target::Global, completion });
            let (event_type, default_prevented) = (EventType::Error, false);
            t.add(Entry::FireEnd { target: Target::Global, event_type, default_prevented });
        });
        let mut judgement = tale.judge();
        let is_right = !judgement.all_broken.contains(index("INV-58"));
        tale.change(|entry| match entry {
            Entry::FireEnd { target: Target::Global, default_prevented, .. } => {
                *default_prevented = true;
                true
            }
            _ => false,
        });
        judgement = tale.judge();
        (is_right, !judgement.all_broken.contains(index("INV-58")))
    };
    assert_eq!(returned_false(error), (true, false), "the event of a report");
    let again = EventAttributes { is_trusted: false, ..error };
    assert_eq!(returned_false(again), (true, false), "the same, dispatched by script");
    let own = EventAttributes { interface: Interface::Event, ..again };
    assert_eq!(returned_false(own), (false, true), "an event of script");
}

#[test]
fn where_an_event_is_in_its_dispatch() {
    use EventMember::{ComposedPath, EventPhase};
    use WhichEvent::{Current, Kept};
    let reads = |t: &mut Tale, event, values: [u8; 2]| {
        for (member, value) in [EventPhase, ComposedPath].into_iter().zip(values) {
            t.add(Entry::ReadEvent { event, member, value });
        }
    };
    let looked_at = || {
        let mut tale = Tale::opened(|t| {
            t.listen(1, NO_OPTIONS);
        });
        tale.rx_fin().ends(TcpEnd::Fin, false, false, 1006, b"");
        tale.closed_task(|t| {
            t.called(1, "", |t| {
                t.add(KEEPS);
                reads(t, Current, [2, 1]);
                reads(t, Kept, [2, 1]);
            });
        });
        tale.timer(|t| reads(t, Kept, [0, 0]));
        tale.quiescent();
        tale
    };
    let wrong = |of: WhichEvent, what: EventMember, old: u8, new: u8| {
        move |t: &mut Tale| {
            t.change(|entry| match entry {
                Entry::ReadEvent { event, member, value } if (*event, *member, *value) == (of, what, old) => {
                    *value = new;
                    true
                }
                _ => false,
            });
        }
    };
    check("INV-111", looked_at(), wrong(Current, EventPhase, 2, 1));
    check("INV-111", looked_at(), wrong(Current, EventPhase, 2, 0));
    check("INV-111", looked_at(), wrong(Current, ComposedPath, 1, 0));
    check("INV-111", looked_at(), wrong(Kept, EventPhase, 2, 3));
    check("INV-111", looked_at(), wrong(Kept, EventPhase, 0, 2));
    check("INV-111", looked_at(), wrong(Kept, ComposedPath, 0, 1));
    let mut never_kept = looked_at();
    never_kept.remove(|entry| *entry == KEEPS);
    assert!(never_kept.judge().all_broken.contains(index("INV-111")));
    check("INV-111", looked_at(), |t| {
        let read = Entry::ReadEvent { event: Current, member: EventPhase, value: 2 };
        t.before(kind(Kind::Quiescent), read);
    });
}

#[test]
fn an_event_of_script_is_dispatched_as_it_was_made() {
    let made = |code: Given, value: f64, dispatched: u16| {
        let mut tale = Tale::opened(nothing);
        let (event_type, was_clean, bubbles) = (EventType::Close, true, true);
        let text = tale.id(b"why");
        tale.timer(|t| {
            t.add(Entry::EventInit {
                event_type,
                interface: Interface::CloseEvent,
                bubbles,
                cancelable: false,
                was_clean,
                reason: text,
            });
            t.add(Entry::EventInitCode { code, code_bits: value.to_bits() });
            t.call(Method::DispatchEvent, Completion::Normal, |t| {
                let interface = Interface::CloseEvent;
                let plain = EventAttributes { event_type, interface, ..EventAttributes::default() };
                let event = EventAttributes { bubbles, was_clean, code: dispatched, text, ..plain };
                t.dispatch(WS, event, nothing);
            });
        });
        tale.quiescent();
        tale
    };
    let given = |value, code| made(Given::Present, value, code);
    for (value, code) in [
        (1000.0, 1000),
        (65536.0, 0),
        (66536.5, 1000),
        (-1.0, 65535),
        (-0.5, 0),
        (-70000.9, 61072),
        (1.5e15, 49152),
        (f64::NAN, 0),
        (f64::NEG_INFINITY, 0),
    ] {
        check("INV-113", given(value, code), |t| t.change_event(|event| event.code ^= 1));
    }
    check("INV-113", made(Given::Missing, 4000.0, 0), |t| t.change_event(|event| event.code = 4000));
    let usual = || given(1000.0, 1000);
    check("INV-113", usual(), |t| t.change_event(|event| event.event_type = EventType::Custom(0)));
    check("INV-113", usual(), |t| t.change_event(|event| event.interface = Interface::Event));
    check("INV-113", usual(), |t| t.change_event(|event| event.bubbles = false));
    check("INV-113", usual(), |t| t.change_event(|event| event.cancelable = true));
    check("INV-113", usual(), |t| t.change_event(|event| event.composed = true));
    check("INV-113", usual(), |t| t.change_event(|event| event.was_clean = false));
    check("INV-113", usual(), |t| t.change_event(|event| event.text = PayloadId::EMPTY));
    check("INV-113", usual(), |t| t.change_event(|event| event.is_trusted = true));
    check("INV-113", usual(), |t| {
        t.change(|entry| match entry {
            Entry::FireBegin { target, event } if !event.is_trusted => {
                *target = Target::Global;
                true
            }
            _ => false,
        });
    });
    check("INV-113", usual(), |t| {
        let begin = t.place(|entry| matches!(entry, Entry::FireBegin { event, .. } if !event.is_trusted));
        t.trace.entries.drain(begin..begin + 2);
    });
    check("INV-113", usual(), |t| {
        t.remove(kind(Kind::EventInit));
        t.remove(kind(Kind::EventInitCode));
    });
}

#[test]
fn dispatches() {
    check("INV-90", three_listeners(), |t| {
        let (second, third) = (t.place(is_call_of(2)), t.place(is_call_of(3)));
        t.trace.entries.swap(second, third);
    });
    check("INV-90", three_listeners(), |t| {
        let third = t.place(is_call_of(3));
        t.trace.entries.drain(third..third + 3);
    });
    check("INV-91", three_listeners(), |t| {
        let third = t.place(is_call_of(3));
        let second = t.trace.entries[t.place(is_call_of(2))];
        t.trace.entries[third] = second;
    });
    check("INV-96", three_listeners(), |t| {
        t.change(|entry| match entry {
            Entry::Listener { event_type, .. } => {
                *event_type = EventType::Message;
                true
            }
            _ => false,
        });
    });

    // The first listener removes the second and adds a fourth.
    let changing = || {
        clean(
            |t| {
                t.listen(1, NO_OPTIONS).listen(2, NO_OPTIONS).listen(3, NO_OPTIONS);
            },
            |t| {
                t.called(1, "", |t| {
                    let (event_type, function) = (EventType::Close, FunctionId(2));
                    t.add(Entry::RemoveListener { target: WS, event_type, function, capture: false });
                    t.listen(4, NO_OPTIONS);
                });
                t.called(3, "", nothing);
            },
        )
    };
    let call_too = |number: u8| {
        move |t: &mut Tale| {
            let third = t.place(is_call_of(3));
            let mut call = t.trace.entries[third..third + 2].to_vec();
            if let Entry::Listener { function, .. } = &mut call[0] {
                *function = FunctionId(number);
            }
            t.trace.entries.splice(third + 2..third + 2, call);
        }
    };
    check("INV-92", changing(), call_too(2));
    check("INV-93", changing(), call_too(4));

    // A listener that captures adds one that does not, which is called in the second pass.
    let growing = clean(
        |t| {
            t.listen(1, CAPTURE);
        },
        |t| {
            t.called(1, "c", |t| {
                t.listen(2, NO_OPTIONS);
            });
            t.called(2, "", nothing);
        },
    );
    check("INV-93", growing, |t| {
        let second = t.place(is_call_of(2));
        t.trace.entries.drain(second..second + 2);
    });

    for immediate in [false, true] {
        let stopping = clean(
            |t| {
                t.listen(3, NO_OPTIONS).listen(1, CAPTURE).listen(2, CAPTURE);
            },
            |t| {
                t.called(1, "c", |t| {
                    t.add(Entry::StopPropagation { immediate });
                });
                if !immediate {
                    t.called(2, "c", nothing);
                }
            },
        );
        check("INV-94", stopping, |t| {
            let first = t.place(is_call_of(1));
            let mut call = [t.trace.entries[first], t.trace.entries[first + 2]];
            if let Entry::Listener { function, capture, .. } = &mut call[0] {
                (*function, *capture) = (FunctionId(3), false);
            }
            let end = t.trace.entries.iter().rposition(kind(Kind::FireEnd)).expect("it is there");
            t.trace.entries.splice(end..end, call);
        });
    }

    let throwing = || {
        clean(
            |t| {
                t.listen(1, NO_OPTIONS).listen(2, NO_OPTIONS);
            },
            |t| {
                t.enter(1, "").leave(Completion::Threw(Exception::Thrown)).add(Entry::Checkpoint);
                t.add(Entry::Report { exception: Exception::Thrown }).called(2, "", nothing);
            },
        )
    };
    check("INV-95", throwing(), |t| {
        let second = t.place(is_call_of(2));
        t.trace.entries.drain(second..second + 2);
    });
    check("INV-95", throwing(), |t| {
        t.remove(kind(Kind::Report));
    });
    check("INV-95", throwing(), |t| {
        // Reported before the listener's microtasks run.
        t.before(kind(Kind::ListenerEnd), Entry::MicrotaskQueued { function: FunctionId(7) });
    });
    check("INV-95", throwing(), |t| {
        t.after(kind(Kind::Report), Entry::Report { exception: Exception::Thrown });
    });

    check("INV-95", throwing(), |t| {
        // A listener of the global object's `error` throws, and that is reported by another such event.
        let event = EventAttributes { interface: Interface::ErrorEvent, ..trusted(EventType::Error) };
        let fire = Entry::FireBegin { target: Target::Global, event };
        t.after(kind(Kind::Report), fire);
        t.after(kind(Kind::Report), fire);
    });

    let reported = || {
        let event = EventAttributes {
            interface: Interface::ErrorEvent,
            cancelable: true,
            ..trusted(EventType::Error)
        };
        let (target, event_type) = (Target::Global, EventType::Error);
        let listener =
            Entry::AddListener { target, event_type, function: FunctionId(3), options: NO_OPTIONS };
        let mut tale = throwing();
        let end = Entry::FireEnd { target, event_type, default_prevented: false };
        tale.before(is_call_of(1), listener);
        let place = tale.place(kind(Kind::Report)) + 1;
        let called = Entry::Listener {
            target,
            event_type,
            function: FunctionId(3),
            capture: false,
            handler: false,
            ready_state: ReadyState::Connecting,
        };
        let left = Entry::ListenerEnd { target, completion: Completion::Normal };
        let dispatch = [Entry::FireBegin { target, event }, called, left, Entry::Checkpoint, end];
        tale.trace.entries.splice(place..place, dispatch);
        tale
    };
    let is_report = |entry: &Entry| matches!(entry, Entry::FireBegin { target: Target::Global, .. });
    check("INV-105", reported(), |t| {
        let place = t.place(is_report);
        t.trace.entries.drain(place..place + 5);
    });
    check("INV-105", reported(), |t| {
        t.remove(kind(Kind::Report));
    });
    let changes: [fn(&mut EventAttributes); 3] = [
        |event| event.cancelable = false,
        |event| event.bubbles = true,
        |event| event.interface = Interface::Event,
    ];
    for change in changes {
        check("INV-105", reported(), |t| {
            t.change(|entry| match entry {
                Entry::FireBegin { target: Target::Global, event } => {
                    change(event);
                    true
                }
                _ => false,
            });
        });
    }

    let handled = clean(
        |t| {
            t.listen(1, NO_OPTIONS).handle(2);
        },
        |t| {
            t.called(1, "", |t| {
                t.handle(3);
            });
            t.called(3, "h", nothing);
        },
    );
    check("INV-97", handled, |t| {
        t.change(|entry| match entry {
            Entry::Listener { function, handler: true, .. } => {
                *function = FunctionId(2);
                true
            }
            _ => false,
        });
    });
    let once = ListenerOptions { once: true, ..NO_OPTIONS };
    let once_with_handler = clean(
        |t| {
            t.listen(1, once);
            t.add(Entry::SetHandler {
                target: WS,
                event_type: EventType::Close,
                value: HandlerValue::NotCallable,
            });
        },
        |t| {
            t.called(1, "", nothing);
        },
    );
    check("INV-91", once_with_handler, |t| {
        let first = t.place(is_call_of(1));
        let call = t.trace.entries[first..first + 2].to_vec();
        t.trace.entries.splice(first..first, call);
    });
}
