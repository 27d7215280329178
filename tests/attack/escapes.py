"""Ways out of sandboxes that are known from other engines: Python, Jinja, EL, JavaScript, Groovy, Velocity, the shell.

Each names what it would do if it came out, so that a test can see that it did not.
"""

from __future__ import annotations

#: In the clear: what stands in them is looked for in everything that Python compiles, opens or starts.
MARK = "stafet_undsluppet"

ESCAPES = {
    "import": f"__import__('os').system('echo {MARK}')",
    "subclasses": f"[c for c in ().__class__.__base__.__subclasses__() if c.__name__ == '{MARK}']",
    "mro": f"''.__class__.__mro__[1].__subclasses__()[0].__init__.__globals__['{MARK}']",
    "builtins": f"globals()['__builtins__']['eval']('\"{MARK}\"')",
    "frame": f"(lambda: 0).__globals__.get('{MARK}')",
    "generator": f"(x for x in (1,)).gi_frame.f_back.f_globals['{MARK}']",
    "open": f"open('/etc/passwd').read() + '{MARK}'",
    "exec": f"exec('import os; os.{MARK} = 1')",
    "format": f"'{{0.__class__.__init__.__globals__[{MARK}]}}'.format(task)",
    "getattr": f"getattr(task, '__class__').__init__.__globals__['{MARK}']",
    "statements": f"import os\nos.system('{MARK}')",
    "jinja": f"{{{{ ''.__class__.__mro__[1].__subclasses__() }}}}{{{{ 7 * 7 }}}}{MARK}",
    "jinja cycler": f"{{{{ cycler.__init__.__globals__.os.popen('{MARK}').read() }}}}",
    "el": f"${{''.getClass().forName('java.lang.Runtime').getRuntime().exec('{MARK}')}}",
    "spel": f"#{{T(java.lang.Runtime).getRuntime().exec('{MARK}')}}",
    "groovy": f"new ProcessBuilder('{MARK}').start()",
    "javascript": f"this.constructor.constructor('return process.mainModule.require(\"{MARK}\")')()",
    "velocity": f"#set($x = $task.class.forName('{MARK}'))",
    "typst": f'#read("/etc/passwd") #eval("{MARK}")',
    "shell": f"`{MARK}` $({MARK}) ; {MARK} | {MARK}",
    "pickle": f"cos\nsystem\n(S'{MARK}'\ntR.",
}
