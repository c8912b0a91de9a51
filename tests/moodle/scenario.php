<?php
// What people do in a Moodle: php scenario.php NAME WORDS... answers a line of JSON after =>. MOODLE_DIR says which Moodle.

define('CLI_SCRIPT', true);
require getenv('MOODLE_DIR') . '/config.php';
require_once $CFG->dirroot . '/course/modlib.php';
require_once $CFG->dirroot . '/mod/page/lib.php';
require_once $CFG->dirroot . '/user/lib.php';
require_once $CFG->libdir . '/completionlib.php';

\core\session\manager::set_user(get_admin());

/** A page in the course, complete when viewed; its id as a module. */
function a_page(string $course, string $name): int
{
    global $DB;
    $course = $DB->get_record('course', ['idnumber' => $course], '*', MUST_EXIST);
    $data = prepare_new_moduleinfo_data($course, 'page', 1)[4];
    foreach (['name' => $name, 'cmidnumber' => '', 'content' => 'x', 'contentformat' => 1, 'completion' => 2,
        'completionview' => 1, 'display' => 5, 'printintro' => 0, 'printlastmodified' => 0, 'visible' => 1,
        'introeditor' => ['text' => '', 'format' => 1, 'itemid' => 0],
        'page' => ['text' => 'x', 'format' => 1, 'itemid' => 0]] as $field => $value) {
        $data->$field = $value;
    }
    return add_moduleinfo($data, $course)->coursemodule;
}

/** These people view the page, which completes it. */
function view_it(int $cmid, string ...$nips): int
{
    global $DB;
    [$course, $cm] = get_course_and_cm_from_cmid($cmid, 'page');
    $page = $DB->get_record('page', ['id' => $cm->instance], '*', MUST_EXIST);
    foreach ($nips as $nip) {
        \core\session\manager::set_user($DB->get_record('user', ['idnumber' => $nip], '*', MUST_EXIST));
        page_view($page, $course, $cm, context_module::instance($cmid));
    }
    return count($nips);
}

/** These people have completed the course. */
function complete(string $course, string ...$nips): int
{
    global $DB;
    $id = $DB->get_field('course', 'id', ['idnumber' => $course], MUST_EXIST);
    foreach ($nips as $nip) {
        $userid = $DB->get_field('user', 'id', ['idnumber' => $nip], MUST_EXIST);
        (new completion_completion(['course' => $id, 'userid' => $userid]))->mark_complete();
    }
    return count($nips);
}

/** Somebody is enrolled by hand, and removed again. */
function by_hand(string $course, string $nip): int
{
    global $DB;
    $course = $DB->get_record('course', ['idnumber' => $course], '*', MUST_EXIST);
    $plugin = enrol_get_plugin('manual');
    $method = $DB->get_record('enrol', ['courseid' => $course->id, 'enrol' => 'manual'])
        ?: $DB->get_record('enrol', ['id' => $plugin->add_instance($course)]);
    $userid = user_create_user((object)['auth' => 'manual', 'username' => $nip, 'idnumber' => $nip, 'firstname' => 'A',
        'lastname' => 'B', 'email' => "$nip@lms.example", 'confirmed' => 1, 'mnethostid' => $CFG->mnet_localhost_id ?? 1], false);
    $plugin->enrol_user($method, $userid);
    $plugin->unenrol_user($method, $userid);
    return $userid;
}

/** The settings forget that the bridge was down. */
function no_pause(): bool
{
    return unset_config('pauseuntil', 'local_bangkom');
}

/** The outbox is empty. */
function forget(): bool
{
    global $DB;
    no_pause();
    return $DB->delete_records('local_bangkom_outbox');
}

$words = array_slice($argv, 2);
$answer = match ($argv[1]) {
    'page' => a_page(...$words),
    'view' => view_it((int)array_shift($words), ...$words),
    'complete' => complete(...$words),
    'by_hand' => by_hand(...$words),
    'no_pause' => no_pause(),
    'forget' => forget(),
};
echo PHP_EOL, '=> ', json_encode($answer), PHP_EOL;
