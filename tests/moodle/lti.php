<?php
// What a Moodle has to have for a launch: php lti.php NAME WORDS... answers a line of JSON after =>. MOODLE_DIR says which.

define('CLI_SCRIPT', true);
require getenv('MOODLE_DIR') . '/config.php';
require_once $CFG->dirroot . '/course/lib.php';
require_once $CFG->dirroot . '/mod/lti/locallib.php';
require_once $CFG->dirroot . '/user/lib.php';

\core\session\manager::set_user(get_admin());

/** A course, a learner with this NIP, a teacher with that one, and somebody without; their passwords are all the same. */
function people(string $learner, string $teacher, string $password): array
{
    global $CFG, $DB;
    $name = 'lti' . random_string(8);
    $course = create_course((object) ['fullname' => $name, 'shortname' => $name, 'category' => 1]);
    $DB->set_field('enrol', 'customint4', 0, ['courseid' => $course->id, 'enrol' => 'manual']);
    $manual = $DB->get_record('enrol', ['courseid' => $course->id, 'enrol' => 'manual'], '*', MUST_EXIST);
    foreach (['learner' => [$learner, 'student'], 'teacher' => [$teacher, 'editingteacher'], 'guest' => ['', 'student']] as $who => [$nip, $role]) {
        $username = core_text::strtolower($name . $who);
        $id = user_create_user((object) ['username' => $username, 'password' => $password, 'firstname' => $who,
            'lastname' => $name, 'email' => "$username@example.go.id", 'idnumber' => $nip, 'confirmed' => 1,
            'auth' => 'manual', 'mnethostid' => $CFG->mnet_localhost_id]);
        enrol_get_plugin('manual')->enrol_user($manual, $id, $DB->get_field('role', 'id', ['shortname' => $role]));
        $found[$who] = $username;
    }
    $boss = core_text::strtolower($name . 'boss');
    $id = user_create_user((object) ['username' => $boss, 'password' => $password, 'firstname' => 'boss', 'lastname' => $name,
        'email' => "$boss@example.go.id", 'confirmed' => 1, 'auth' => 'manual', 'mnethostid' => $CFG->mnet_localhost_id]);
    set_config('siteadmins', $CFG->siteadmins . ',' . $id);
    return $found + ['course' => (int) $course->id, 'label' => $name, 'boss' => $boss];
}

/** The newest tool: its id and state (1 is active, 2 pending). */
function tool(): array
{
    global $DB;
    $tool = $DB->get_record_sql('SELECT * FROM {lti_types} ORDER BY id DESC', null, IGNORE_MULTIPLE);
    return ['id' => (int) $tool->id, 'state' => (int) $tool->state, 'client' => $tool->clientid];
}

/** The grade of somebody in the tool's items of a course; null where there is none. */
function grade(string $username, int $course): ?float
{
    global $DB;
    $found = $DB->get_field_sql('SELECT g.finalgrade FROM {grade_grades} g JOIN {grade_items} i ON i.id = g.itemid'
        . " JOIN {user} u ON u.id = g.userid WHERE i.itemmodule = 'lti' AND i.courseid = ? AND u.username = ?",
        [$course, $username], IGNORE_MULTIPLE);
    return $found === false || $found === null ? null : (float) $found;
}

/** Take away what was made. */
function forget(int $tool, int $course, string ...$usernames): bool
{
    global $CFG, $DB;
    lti_delete_type($tool);
    delete_course($course, false);
    foreach ($usernames as $username) {
        $user = $DB->get_record('user', ['username' => $username], '*', MUST_EXIST);
        set_config('siteadmins', implode(',', array_diff(explode(',', $CFG->siteadmins), [$user->id])));
        delete_user($user);
    }
    return true;
}

echo '=> ' . json_encode($argv[1](...array_slice($argv, 2))) . "\n";
