"""The nouns of the work and their rules: values in, values out. No clock, disk, network or Qt.

Leaves reading and writing to the store.

What a record carries, by kind (unknown fields are kept):
case (id "case"): code_name, aim, outcome_wanted, lead_worker (member id), status, opened_on, closed_on, review_on ·
person: name, aliases, born, language, interpreter, address, phone … each with `_protected`, `_burnt` ·
party (id = person's): role, present, note · safe_contact (id = person's): rule · incident: incident_kind, on, present ·
flag (id = code): raised, label, do_now, step_<n> · note: text · assessment: tool, tool_result, grade, reason,
victim_view, circumstances, lines, answers, on · agreed_grade (id "agreed"): grade, considered, dissent ·
action: title, owner, unit, due, state, reason, lowers_risk · order: order_kind, starts, ends, renew_by, conditions ·
consent: recipient (unit id), state, basis, scope, circumstances · referral: from_unit, to_unit, safe_contact, grade,
urgency, reply_by, spoken_reference … · referral_event: referral, state, after, reason, suggestion, told_by, outcome ·
relay (id "<unit>.relay"): relay, deputy, phone, duty_phone, email, hours [{days, from, to}], languages, receives.
"""
