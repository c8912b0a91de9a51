<?php
// Loads the plugins' classes without a Moodle: only those that ask nothing of it can be tested here.

spl_autoload_register(function (string $class): void {
    [$plugin, $name] = explode('\\', $class, 2) + [1 => ''];
    $file = __DIR__ . "/../../../plugins/moodle/$plugin/classes/" . str_replace('\\', '/', $name) . '.php';
    if (is_file($file)) {
        require $file;
    }
});

/** A folder of cases that the Python tests read, too. */
function golden(string $name): string {
    return __DIR__ . "/../../../plugins/moodle/golden/$name";
}
