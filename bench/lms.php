<?php
// What a Moodle needs for bench.lms: php lms.php NAME WORDS... answers a line of JSON after =>. MOODLE_DIR says which Moodle.

define('CLI_SCRIPT', true);
require getenv('MOODLE_DIR') . '/config.php';
require_once $CFG->dirroot . '/course/lib.php';
require_once $CFG->dirroot . '/course/modlib.php';
require_once $CFG->dirroot . '/user/lib.php';

\core\session\manager::set_user(get_admin());

/** Accounts with these names for username, ID number and e-mail; their ids. */
function people(string $password, string $names): array
{
    global $CFG;
    return array_map(fn($name) => user_create_user((object)['auth' => 'manual', 'username' => $name, 'idnumber' => $name,
        'password' => $password, 'firstname' => 'Sari', 'lastname' => 'Dewi', 'email' => "$name@lms.example", 'confirmed' => 1,
        'mnethostid' => $CFG->mnet_localhost_id], $password !== '', false), explode(',', $names));
}

/** A token for Moodle's own function, of the administrator, and the role that it gives. */
function manual(): array
{
    global $CFG, $DB;
    require_once $CFG->dirroot . '/webservice/lib.php';
    $services = new webservice();
    $name = 'bench' . random_string(8);
    $id = $services->add_external_service((object)['name' => $name, 'shortname' => $name, 'enabled' => 1,
        'restrictedusers' => 0, 'downloadfiles' => 0, 'uploadfiles' => 0]);
    $services->add_external_function_to_service('enrol_manual_enrol_users', $id);
    $service = $DB->get_record('external_services', ['id' => $id]);
    $token = \core_external\util::generate_token(EXTERNAL_TOKEN_PERMANENT, $service, get_admin()->id, context_system::instance());
    return ['token' => $token, 'service' => $id, 'role' => (int)$DB->get_field('role', 'id', ['shortname' => 'student'])];
}

/** An empty course with both methods, and pages: as many that looking at them completes, as many without. Their ids. */
function course(string $name, int $pages = 0): array
{
    global $DB;
    $course = create_course((object)['fullname' => $name, 'shortname' => $name, 'idnumber' => $name, 'category' => 1,
        'enablecompletion' => 1]);
    enrol_get_plugin('bangkom')->add_instance($course);
    if (!$DB->record_exists('enrol', ['courseid' => $course->id, 'enrol' => 'manual'])) {
        enrol_get_plugin('manual')->add_instance($course);
    }
    $made = ['id' => (int)$course->id, 'completes' => [], 'opens' => []];
    for ($number = 0; $number < 2 * $pages; $number++) {
        $data = prepare_new_moduleinfo_data($course, 'page', 1)[4];
        $completes = $number % 2;
        foreach (['name' => "Modul $number", 'cmidnumber' => '', 'content' => 'x', 'contentformat' => 1, 'visible' => 1,
            'completion' => $completes ? 2 : 0, 'completionview' => $completes, 'display' => 5, 'printintro' => 0,
            'printlastmodified' => 0, 'introeditor' => ['text' => '', 'format' => 1, 'itemid' => 0],
            'page' => ['text' => 'x', 'format' => 1, 'itemid' => 0]] as $field => $value) {
            $data->$field = $value;
        }
        $made[$completes ? 'completes' : 'opens'][] = add_moduleinfo($data, $course)->coursemodule;
    }
    return $made;
}

/** How many are enrolled in a course by a method. */
function enrolled(string $name, string $method): int
{
    global $DB;
    return $DB->count_records_sql('SELECT count(*) FROM {user_enrolments} ue JOIN {enrol} e ON e.id = ue.enrolid'
        . ' JOIN {course} c ON c.id = e.courseid WHERE c.idnumber = ? AND e.enrol = ?', [$name, $method]);
}

/** Take the service of Moodle's own function away again, and what our observers wrote down. */
function forget(int $service): bool
{
    global $CFG, $DB;
    require_once $CFG->dirroot . '/webservice/lib.php';
    (new webservice())->delete_service($service);
    return $DB->delete_records('local_bangkom_outbox');
}

ob_start();
$answer = $argv[1](...array_slice($argv, 2));
ob_end_clean();
echo '=> ' . json_encode($answer) . "\n";
