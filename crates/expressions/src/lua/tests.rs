use serde_json::json;

use super::*;

fn run(text: &str) -> Result<Option<Told>, ScriptError> {
    let object = json!({"metadata": {"name": "web", "generation": 3, "labels": null},
        "spec": {"ready": false, "ports": [80, 443]}, "status": {"message": "3/5 ready at 2026-08-01T10:00:00Z"}});
    Script::new(text).run(&object)
}

/// The message of a script that returns one expression.
fn says(expression: &str) -> String {
    match run(&format!(
        "return {{status = 'Healthy', message = tostring({expression})}}"
    )) {
        Ok(Some(told)) => told.message,
        other => format!("{other:?}"),
    }
}

#[test]
fn a_script_sees_the_object_and_says_how_it_is() {
    let told = run(
        "local hs = {}\nhs.status = 'Degraded'\nhs.message = obj.metadata.name .. '/' .. obj.spec.ports[2]\nreturn hs",
    );
    assert_eq!(
        told,
        Ok(Some(Told {
            status: "Degraded".to_owned(),
            message: "web/443".to_owned()
        }))
    );
    assert_eq!(says("obj.metadata.labels"), "nil");
    assert_eq!(says("#obj.spec.ports + obj.metadata.generation"), "5");
    assert_eq!(says("obj.spec.ready"), "false");
}

#[test]
fn nothing_and_an_empty_table_say_nothing_and_anything_else_is_an_error() {
    assert_eq!(run("local x = 1"), Ok(None));
    assert_eq!(run("return {}"), Ok(None));
    assert_eq!(run("return 'Healthy'"), Err(ScriptError::Returned("string")));
}

#[test]
fn errors_say_the_line() {
    assert_eq!(
        run("local a = 1\nreturn obj.nothing.there"),
        Err(ScriptError::Failed(
            "script:2: attempt to index field 'nothing' (a nil value)".to_owned()
        ))
    );
    let Err(ScriptError::Syntax(message)) = run("return {") else {
        unreachable!("it is no Lua");
    };
    assert!(message.starts_with("script:1:"), "{message}");
}

#[test]
fn nothing_reaches_out() {
    for name in [
        "io",
        "debug",
        "package",
        "require",
        "load",
        "loadstring",
        "loadfile",
        "dofile",
        "collectgarbage",
        "coroutine",
        "xpcall",
        "os.execute",
        "os.getenv",
        "os.exit",
        "os.remove",
        "os.clock",
        "os.date",
        "string.dump",
        "math.random",
    ] {
        assert_eq!(says(name), "nil", "{name}");
    }
    assert!(says("os.time()").contains("without a clock"));
    assert_eq!(
        run("\u{1b}Lua"),
        Err(ScriptError::Syntax(
            "attempt to load a binary chunk (mode is 't')".to_owned()
        ))
    );
}

#[test]
fn every_script_ends() {
    for text in [
        "while true do end",
        "while true do pcall(function() while true do end end) end",
        "local function f() return pcall(f) end while true do f() end",
        "return string.rep('a', 200):find(string.rep('a*', 30) .. 'b')",
        "for i = 1, 1e9 do local s = ('x'):rep(1e5) end",
        "return ('x'):rep(1e6):gsub('.-b', '')",
    ] {
        assert_eq!(run(text), Err(ScriptError::Steps), "{text}");
    }
    for text in [
        "local t = {} while true do t[#t + 1] = ('x'):rep(1e6) .. #t end",
        "local s = 'x' while true do s = s .. s end",
    ] {
        assert_eq!(run(text), Err(ScriptError::Memory), "{text}");
    }
    assert!(says("string.rep('', 1e18)").is_empty());
    assert!(says("string.rep('ab', 1e18)").contains("too large"));
    let finalizer = run("setmetatable({}, {__gc = function() while true do end end}) return {}");
    assert!(matches!(finalizer, Err(ScriptError::Failed(_))), "{finalizer:?}");
}

#[test]
fn patterns_match_as_in_lua() {
    for (expression, expected) in [
        ("obj.status.message:match('(%d+)/(%d+)')", "3"),
        ("select(2, obj.status.message:match('(%d+)/(%d+)'))", "5"),
        ("('  trim me  '):match('^%s*(.-)%s*$')", "trim me"),
        ("('key = value'):gsub('(%w+) = (%w+)', '%2 = %1')", "value = key"),
        ("('abc'):gsub('', '-')", "-a-b-c-"),
        ("('hello'):gsub('l', {l = 'L'})", "heLLo"),
        ("('hello'):gsub('l', function() return nil end)", "hello"),
        ("('hello'):gsub('l', '1', 1)", "he1lo"),
        ("select(2, ('hello'):gsub('^h', ''))", "1"),
        ("('a.b.c'):find('.', 2, true)", "2"),
        ("('abc'):find('b', -1)", "nil"),
        ("('f(a(b)c)d'):match('%b()')", "(a(b)c)"),
        ("('THE (quick) fox'):find('%f[%a]%a+%f[%A]', 5)", "6"),
        ("('xyzxyz'):match('(xyz)%1')", "xyz"),
        ("('[]x'):match('[]x]+')", "]x"),
        ("('a-z'):match('[%a-]+')", "a-z"),
        ("('abc'):match('()c')", "3"),
        ("('aXb'):match('%u')", "X"),
        ("('2026-08-01'):match('^(%d%d%d%d)-')", "2026"),
        ("('ab'):match('a?b?c?$')", "ab"),
        ("('caab'):match('a-b')", "aab"),
    ] {
        assert_eq!(says(expression), expected, "{expression}");
    }
    let all = run(
        "local s = '' for k, v in ('a=1, b=2'):gmatch('(%w+)=(%w+)') do s = s .. k .. v end return {message = s}",
    );
    assert_eq!(
        all.map(|told| told.map(|told| told.message)),
        Ok(Some("a1b2".to_owned()))
    );
    for (pattern, why) in [
        ("(a", "unfinished capture"),
        ("[a", "missing ']'"),
        ("%", "ends with '%'"),
        (")", "invalid pattern capture"),
    ] {
        let said = says(&format!("('a'):match('{pattern}')"));
        assert!(said.contains(why), "{pattern}: {said}");
    }
}

#[test]
fn errors_that_are_caught_are_values() {
    assert_eq!(says("select(2, pcall(function() error('no', 0) end))"), "no");
    assert_eq!(says("pcall(function() return 1 end)"), "true");
}

#[test]
fn moments_are_counted_from_1970() {
    assert_eq!(says("os.time({year = 1970, month = 1, day = 1, hour = 0})"), "0");
    assert_eq!(
        says("os.time({year = '2024', month = '02', day = '29', hour = '12', min = '30', sec = '5'})"),
        "1709209805"
    );
    assert_eq!(
        says("os.time({year = 2023, month = 14, day = 1, hour = 0})"),
        "1706745600"
    );
}
