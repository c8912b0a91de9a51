<?php
// What else happens around a training: php training.php NAME WORDS... answers a line of JSON after =>.

define('CLI_SCRIPT', true);
require getenv('MOODLE_DIR') . '/config.php';

\core\session\manager::set_user(get_admin());

/** Behind the plugin's back these people lose their rows, and this one gets one. */
function drift(string $course, string $gets, string ...$lose): int
{
    global $DB;
    $courseid = $DB->get_field('course', 'id', ['idnumber' => $course], MUST_EXIST);
    $enrolid = $DB->get_field('enrol', 'id', ['courseid' => $courseid, 'enrol' => 'bangkom'], MUST_EXIST);
    foreach ($lose as $nip) {
        $userid = $DB->get_field('user', 'id', ['idnumber' => $nip], MUST_EXIST);
        $DB->delete_records('user_enrolments', ['enrolid' => $enrolid, 'userid' => $userid]);
    }
    $userid = $DB->get_field('user', 'id', ['idnumber' => $gets], MUST_EXIST);
    $row = ['enrolid' => $enrolid, 'userid' => $userid, 'status' => 0, 'timestart' => 0, 'timeend' => 0, 'modifierid' => 2];
    return $DB->insert_record('user_enrolments', (object)($row + ['timecreated' => time(), 'timemodified' => time()]));
}

/** The ID numbers of the active rows of enrol_bangkom in the course, and how many accounts have one of them. */
function rows(string $course): array
{
    global $DB;
    $sql = "SELECT u.idnumber FROM {user_enrolments} ue JOIN {enrol} e ON e.id = ue.enrolid JOIN {course} c ON c.id = e.courseid
              JOIN {user} u ON u.id = ue.userid WHERE c.idnumber = ? AND e.enrol = 'bangkom' AND ue.status = 0";
    $nips = $DB->get_fieldset_sql($sql, [$course]);
    [$in, $values] = $DB->get_in_or_equal($nips ?: ['-']);
    return ['nips' => array_map('strval', $nips),
        'accounts' => $DB->count_records_select('user', "deleted = 0 AND idnumber $in", $values)];
}

/** The person can sign in with this password, and the course shows the block; the username and the course's id. */
function shown(string $course, string $nip, string $password): array
{
    global $DB;
    $user = $DB->get_record('user', ['idnumber' => $nip], '*', MUST_EXIST);
    $DB->set_field('user', 'auth', 'manual', ['id' => $user->id]);
    update_internal_user_password($DB->get_record('user', ['id' => $user->id]), $password);
    unset_user_preference('auth_forcepasswordchange', $user->id);
    unset_user_preference('create_password', $user->id);
    // Blocks are in a drawer that is closed at first.
    set_user_preference('drawer-open-block', true, $user->id);
    $course = $DB->get_record('course', ['idnumber' => $course], '*', MUST_EXIST);
    $page = new moodle_page();
    $page->set_course($course);
    $page->blocks->add_regions(['side-pre']);
    $page->blocks->add_block('bangkom', 'side-pre', 0, false, 'course-view-*');
    return ['username' => $user->username, 'course' => (int)$course->id];
}

$words = array_slice($argv, 2);
$answer = match ($argv[1]) {
    'drift' => drift(...$words),
    'rows' => rows(...$words),
    'shown' => shown(...$words),
};
echo PHP_EOL, '=> ', json_encode($answer), PHP_EOL;
