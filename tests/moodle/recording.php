<?php
// What a Moodle is like while its answers are recorded: php recording.php NAME WORDS... answers a line of JSON after =>.
// MOODLE_DIR says which Moodle.

define('CLI_SCRIPT', true);
define('NO_UPGRADE_CHECK', true);
require getenv('MOODLE_DIR') . '/config.php';
require_once $CFG->dirroot . '/course/lib.php';
require_once $CFG->dirroot . '/course/modlib.php';
require_once $CFG->dirroot . '/user/lib.php';
require_once $CFG->libdir . '/completionlib.php';
require_once $CFG->libdir . '/gradelib.php';

\core\session\manager::set_user(get_admin());

function course(string $idnumber, string $shortname = '', bool $method = true): stdClass
{
    $course = create_course((object)['fullname' => 'Pelatihan', 'shortname' => $shortname ?: $idnumber,
        'idnumber' => $idnumber, 'category' => 1, 'enablecompletion' => 1]);
    if ($method) {
        enrol_get_plugin('bangkom')->add_instance($course);
    }
    return $course;
}

function account(string $nip, array $more = []): int
{
    global $CFG;
    return user_create_user((object)($more + ['auth' => 'manual', 'username' => $nip, 'idnumber' => $nip, 'firstname' => 'Sari',
        'lastname' => 'Dewi', 'email' => "$nip@a.example", 'confirmed' => 1, 'mnethostid' => $CFG->mnet_localhost_id]), false);
}

function seat(stdClass $course, int $userid, string $by = 'bangkom', int $status = 0): void
{
    global $DB;
    $method = $DB->get_record('enrol', ['courseid' => $course->id, 'enrol' => $by], '*', MUST_EXIST);
    enrol_get_plugin($by)->enrol_user($method, $userid, null, 0, 0, $status);
}

/** An activity that people complete by hand; a book has no grade, an assignment has one. */
function activity(stdClass $course, string $kind, string $name): stdClass
{
    $data = prepare_new_moduleinfo_data($course, $kind, 1)[4];
    $more = $kind === 'assign' ? ['submissiondrafts' => 0, 'requiresubmissionstatement' => 0, 'sendnotifications' => 0,
        'sendlatenotifications' => 0, 'duedate' => 0, 'cutoffdate' => 0, 'gradingduedate' => 0, 'allowsubmissionsfromdate' => 0,
        'grade' => 100, 'teamsubmission' => 0, 'requireallteammemberssubmit' => 0, 'blindmarking' => 0, 'markingworkflow' => 0,
        'markingallocation' => 0] : ['numbering' => 0, 'navstyle' => 0, 'customtitles' => 0];
    foreach ($more + ['name' => $name, 'cmidnumber' => $name, 'completion' => 1, 'visible' => 1,
        'introeditor' => ['text' => '', 'format' => 1, 'itemid' => 0]] as $field => $value) {
        $data->$field = $value;
    }
    return add_moduleinfo($data, $course);
}

/** Take one right away in one place. */
function prohibit(string $capability, context $context): void
{
    assign_capability($capability, CAP_PROHIBIT, \local_bangkom\setup::role(), $context->id, true);
}

/** Courses and people; each has the tag in its name. People are the tag and four digits. */
function world(string $tag): bool
{
    global $DB;
    foreach (get_enabled_auth_plugins() as $auth) {
        set_config('field_lock_idnumber', 'locked', "auth_$auth");
    }
    set_config('lastcronstart', time() - 20, 'tool_task');
    $course = course("MW-$tag");
    course("BARE-$tag", '', false);
    course('', "TWIN-$tag");
    course("TWIN-$tag", "TWIN-2-$tag");
    course("OTHER-$tag", "TAKEN-$tag");
    $shut = course("SHUT-$tag");
    prohibit('enrol/bangkom:enrol', context_course::instance($shut->id));
    prohibit('moodle/grade:edit', context_course::instance($shut->id));
    $closed = core_course_category::create(['name' => "SHUT-$tag", 'idnumber' => "SHUT-$tag"]);
    prohibit('moodle/course:create', $closed->get_context());
    foreach (['0001', '0011', '0012'] as $number) {
        seat($course, account($tag . $number));
    }
    account("{$tag}0002");
    account("{$tag}0002", ['username' => "{$tag}twin", 'email' => "twin.$tag@a.example"]);
    account("{$tag}0004", ['suspended' => 1]);
    account("{$tag}0005", ['idnumber' => '']);
    account('', ['username' => "{$tag}mail", 'email' => "{$tag}0006@a.example"]);
    account("{$tag}0007");
    $item = new grade_item(['courseid' => $course->id, 'itemtype' => 'manual', 'itemname' => 'Terkunci'], false);
    $item->insert();
    $item->set_locked(1);
    $read = course("READ-$tag");
    $people = array_map(fn($number) => account($tag . $number), ['0021', '0022', '0023']);
    seat($read, $people[0]);
    seat($read, $people[1], 'bangkom', ENROL_USER_SUSPENDED);
    seat($read, $people[2], 'manual');
    $book = activity($read, 'book', "BOOK-$tag");
    $task = activity($read, 'assign', "TASK-$tag");
    $completion = new completion_info($read);
    foreach ([$book, $task] as $module) {
        $cm = get_fast_modinfo($read)->get_cm($module->coursemodule);
        $completion->update_state($cm, COMPLETION_COMPLETE, $people[0]);
    }
    $grades = (object)['userid' => $people[0], 'rawgrade' => 85];
    grade_update('mod/assign', $read->id, 'mod', 'assign', $task->instance, 0, $grades);
    (new completion_completion(['course' => $read->id, 'userid' => $people[0]]))->mark_complete();
    return $DB->record_exists('course', ['idnumber' => "READ-$tag"]);
}

/** Give or prevent a right of the bridge's role on the whole site. */
function right(string $capability, string $permission): bool
{
    $permission = $permission === 'allow' ? CAP_ALLOW : CAP_PREVENT;
    return assign_capability($capability, $permission, \local_bangkom\setup::role(), context_system::instance()->id, true);
}

/** Set a setting of the site, '' for none; answers what it was. */
function setting(string $name, string $value): string
{
    $before = (string)get_config('core', $name);
    $value === '' ? unset_config($name) : set_config($name, $value);
    return $before;
}

/** Put values into the row of the bridge's account, token, service or membership; answers the row as it was. */
function put(string $what, string $values): array
{
    global $DB;
    $service = ['externalserviceid' => $DB->get_field('external_services', 'id', ['shortname' => 'local_bangkom'])];
    [$table, $where] = match ($what) {
        'account' => ['user', ['username' => 'local_bangkom']],
        'token' => ['external_tokens', $service],
        'service' => ['external_services', ['id' => $service['externalserviceid']]],
        'member' => ['external_services_users', $service],
    };
    $values = json_decode($values, true);
    $row = (array)$DB->get_record($table, $where);
    if (isset($row['id'])) {
        $DB->update_record($table, ['id' => $row['id']] + $values);
    } else {
        // Moodle throws an expired token away when it is shown.
        $DB->insert_record_raw($table, $values, false, false, true);
    }
    return $row;
}

echo '=> ' . json_encode($argv[1](...array_slice($argv, 2))) . "\n";
