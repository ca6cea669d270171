//! The rule `row-security`: rows are hidden from the role of the application.

use super::frame::{
    Check, Class, Draft, Findings, Risk, Rule, Severity, Subject, Traffic, Witness, short,
};
use super::privilege_revoked::owner_of;
use crate::schema::ResolvedName;
use crate::sql::ast::{Change, DmlVerb, Expr, ObjectKind, Policy, SqlExpr, TableAction};

pub(crate) static RULE: Rule = Rule {
    id: "row-security",
    summary: "row-level security begins to hide or refuse rows of a table in use",
    classes: &[Class::BreaksApp],
    why: "with row-level security on and no permissive policy for a role, that role finds no rows and may write none \
          (42501); the owner is exempt unless it is forced",
    docs: r#"
ENABLE ROW LEVEL SECURITY is default-deny (manual 18, section 5.9): SELECT, UPDATE and DELETE find no rows
that no policy allows, without an error, and INSERT is refused. Owners and superusers are exempt, owners
not from FORCE ROW LEVEL SECURITY. A RESTRICTIVE policy takes rows away from what the permissive ones
allow; the last permissive policy takes all of them along when it is dropped.

`--role` says as whom the application comes; without it, it is taken for the owner where its queries are
known. Policies for that role (or for all) that allow every row make the rule silent.

```sql bad
-- history
CREATE TABLE orders (id bigint PRIMARY KEY);
-- migration
ALTER TABLE orders ENABLE ROW LEVEL SECURITY;
```

```sql good
-- history
CREATE TABLE orders (id bigint PRIMARY KEY);
-- migration
CREATE POLICY everybody ON orders USING (true);
ALTER TABLE orders ENABLE ROW LEVEL SECURITY;
```
"#,
    check: Check::Action(check),
    yields_to: &[],
};

fn check(subject: &Subject<'_>, findings: &mut Findings) {
    let (table, forced, what) = match subject.change() {
        Change::AlterTable(alter) => {
            let Some((_, TableAction::RowSecurity(state))) = subject.action() else {
                return;
            };
            let forced = match state.as_str() {
                "ENABLE" => subject
                    .later()
                    .chain(subject.past())
                    .any(|change| forces(subject, change, &alter.name)),
                "FORCE" => true,
                _ => return,
            };
            let on = subject.settled().relation(&alter.name);
            if on.is_some_and(|on| !on.row_security) {
                return;
            }
            (
                subject.existing(&alter.name),
                forced,
                format!("{state} ROW LEVEL SECURITY"),
            )
        }
        Change::Drop(drop) if drop.object == ObjectKind::Policy => {
            let table = drop.names.iter().find_map(|name| name.table.as_ref());
            let secured = table.and_then(|table| subject.relation(table));
            let Some(secured) = secured.filter(|secured| secured.row_security) else {
                return;
            };
            let name = drop.names.first().map(|name| name.name.name.to_string());
            let name = name.unwrap_or_default();
            let restrictive = policies(subject, &secured.name, false)
                .iter()
                .any(|policy| policy.name == name.as_str() && is_restrictive(policy));
            if restrictive {
                return;
            }
            (
                Some(secured.name.clone()),
                false,
                format!("without policy {name}"),
            )
        }
        Change::CreatePolicy(policy) if is_restrictive(policy) => {
            let secured = subject
                .relation(&policy.table)
                .filter(|secured| secured.row_security);
            if secured.is_none() || !is_conditional(policy) || !is_for(policy, subject.role()) {
                return;
            }
            (
                subject.existing(&policy.table),
                false,
                format!("restrictive policy {}", policy.name),
            )
        }
        Change::AlterPolicy(policy) if policy.using.is_some() || policy.check.is_some() => {
            let secured = subject
                .relation(&policy.table)
                .filter(|secured| secured.row_security);
            let truth = |expr: &Option<SqlExpr>| {
                expr.as_ref()
                    .is_none_or(|own| own.expr == Expr::Boolean(true))
            };
            if secured.is_none() || truth(&policy.using) && truth(&policy.check) {
                return;
            }
            (
                subject.existing(&policy.table),
                false,
                format!("policy {} as it is now", policy.name),
            )
        }
        _ => return,
    };
    let Some(table) = table.filter(|table| !subject.is_new(table)) else {
        return;
    };
    let restricts = matches!(subject.change(), Change::CreatePolicy(_));
    let all = policies(subject, &table, true);
    let open = |command: Option<&str>| {
        !restricts
            && all.iter().any(|policy| {
                !is_restrictive(policy)
                    && !is_conditional(policy)
                    && is_for(policy, subject.role())
                    && (is_for_all(policy) || command.is_some_and(|command| names(policy, command)))
            })
    };
    if open(None) {
        return;
    }
    // Nobody said which rows the policies mean, nor as whom the application comes.
    let known_policies = subject
        .settled()
        .get(&table)
        .is_some_and(|known| !known.policies.is_empty());
    let owner = owner_of(subject, &table);
    let owned = subject
        .role()
        .is_some_and(|role| owner.as_deref() == Some(role));
    let exempt = (subject.role().is_none() || owned) && !forced;
    let risk =
        subject.risk_beside(|traffic| (!exempt).then(|| hidden(&table, traffic, &open)).flatten());
    match &risk {
        Risk::Survived => return,
        Risk::Unknown if exempt && owned => return,
        Risk::Unknown if subject.role().is_none() && known_policies && !restricts => return,
        Risk::Unknown | Risk::Broken(_) => {}
    }
    let name = short(&table);
    let role = subject.role().unwrap_or("the role of the application");
    findings.add(
        Draft::new(
            Severity::Warning,
            format!("{what} hides rows of {name} from {role}, unless it owns the table or a policy allows them"),
        )
        .risk(&risk)
        .relation(&table)
        .help(format!("in the same transaction create a permissive policy that shows {role} what it needs")),
    );
}

/// What a query misses of the commands that no policy opens.
fn hidden(
    table: &ResolvedName,
    traffic: &Traffic<'_>,
    open: &dyn Fn(Option<&str>) -> bool,
) -> Option<Witness> {
    let changed = [
        (DmlVerb::Update, "for update"),
        (DmlVerb::Delete, "for delete"),
    ];
    let mut changed = changed.into_iter();
    let closed = !open(Some("for select"))
        || changed.any(|(verb, command)| traffic.does(verb, table) && !open(Some(command)));
    if traffic.does(DmlVerb::Insert, table) && !open(Some("for insert")) {
        return Some(Witness::fails(
            "42501",
            format!(
                "new row violates row-level security policy for table \"{}\"",
                table.name
            ),
        ));
    }
    (traffic.reads(table) && closed)
        .then(|| Witness::changes(format!("row-level security hides rows of {}", short(table))))
}

/// The policies of a table as far as their statements are known, those that are dropped again left out.
fn policies<'s>(subject: &Subject<'s>, table: &ResolvedName, with_later: bool) -> Vec<&'s Policy> {
    let here = std::iter::once(subject.change());
    let later = subject.later().filter(|_| with_later);
    let mut found: Vec<&Policy> = Vec::new();
    for change in subject
        .past()
        .chain(here.filter(|_| with_later))
        .chain(later)
    {
        match change {
            Change::CreatePolicy(policy) if subject.resolve(&policy.table) == *table => {
                found.push(policy)
            }
            Change::AlterPolicy(altered) => {
                // What is altered has another condition than the one that was read.
                found.retain(|policy| {
                    policy.name != altered.name || subject.resolve(&altered.table) != *table
                });
            }
            Change::Drop(drop) if drop.object == ObjectKind::Policy => {
                found.retain(|policy| !drop.names.iter().any(|name| name.name.name == policy.name))
            }
            _ => {}
        }
    }
    found
}

fn forces(subject: &Subject<'_>, change: &Change, table: &crate::sql::ast::QualifiedName) -> bool {
    match change {
        Change::AlterTable(alter) => {
            subject.resolve(&alter.name) == subject.resolve(table)
                && alter
                    .actions
                    .iter()
                    .any(|action| matches!(&action.action, TableAction::RowSecurity(state) if state == "FORCE"))
        }
        _ => false,
    }
}

fn is_restrictive(policy: &Policy) -> bool {
    words(policy).contains("as restrictive")
}

/// Whether it asks anything of a row.
fn is_conditional(policy: &Policy) -> bool {
    let words = words(policy).replace(' ', "");
    let open = |clause: &str| !words.contains(clause) || words.contains(&format!("{clause}(true)"));
    !(words.contains("using(true)") && open("withcheck")
        || words.contains("forinsert") && words.contains("withcheck(true)"))
}

fn is_for_all(policy: &Policy) -> bool {
    let words = words(policy);
    ["for select", "for insert", "for update", "for delete"]
        .iter()
        .all(|clause| !words.contains(clause))
}

/// Whether it is for that command alone.
fn names(policy: &Policy, command: &str) -> bool {
    words(policy).contains(command)
}

fn is_for(policy: &Policy, role: Option<&str>) -> bool {
    let words = words(policy);
    let Some((_, after)) = words.split_once("to ") else {
        return true;
    };
    let until = ["using", "with check"]
        .iter()
        .filter_map(|clause| after.find(clause))
        .min();
    let named = after.get(..until.unwrap_or(after.len())).unwrap_or(after);
    role.is_none_or(|role| {
        let mut names = named.split(',').map(|name| name.trim().trim_matches('"'));
        names.any(|name| name == "public" || name.eq_ignore_ascii_case(role))
    })
}

/// Its definition in lower case with single spaces.
fn words(policy: &Policy) -> String {
    let lower = policy.definition.to_ascii_lowercase();
    lower.split_whitespace().collect::<Vec<_>>().join(" ")
}
