<?php
// This file is part of Bangkom - competence development beside an LMS.
//
// Bangkom is free software: you can redistribute it and/or modify
// it under the terms of the GNU General Public License as published by
// the Free Software Foundation, either version 3 of the License, or
// (at your option) any later version.
//
// Bangkom is distributed in the hope that it will be useful,
// but WITHOUT ANY WARRANTY; without even the implied warranty of
// MERCHANTABILITY or FITNESS FOR A PARTICULAR PURPOSE.  See the
// GNU General Public License for more details.
//
// You should have received a copy of the GNU General Public License
// along with Bangkom.  If not, see <http://www.gnu.org/licenses/>.

/**
 * Tests the connection to the bridge, says what is wrong, and shows what waits.
 *
 * @package    local_bangkom
 * @copyright  2026 Bangkom contributors
 * @license    https://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */

require('../../config.php');
require_once($CFG->libdir . '/adminlib.php');

use local_bangkom\{bridge, courier, diagnosis, outbox};

admin_externalpage_setup('local_bangkom_connection');

$shown = ['url' => $PAGE->url->out(false), 'sesskey' => sesskey(), 'tested' => false];
if (optional_param('test', false, PARAM_BOOL) && confirm_sesskey()) {
    $answer = diagnosis::hello(bridge::of_settings());
    if (diagnosis::key($answer) === 'diagnosis_ok') {
        courier::met();
        unset_config('pauseuntil', 'local_bangkom');
    }
    $shown = [
        'tested' => true,
        'good' => diagnosis::key($answer) === 'diagnosis_ok',
        'words' => diagnosis::words($answer),
    ] + $shown;
}
$last = (int)get_config('local_bangkom', 'lastcontact');
$shown['lastcontact'] = $last ? userdate($last) : get_string('never');
$shown['lag'] = format_time(outbox::lag());
foreach (outbox::counts() as $state => $count) {
    $shown['counts'][] = ['name' => get_string("state_$state", 'local_bangkom'), 'count' => $count];
}
$shown['settings'] = (new moodle_url('/admin/settings.php', ['section' => 'local_bangkom']))->out(false);

echo $OUTPUT->header();
echo $OUTPUT->heading(get_string('connection', 'local_bangkom'));
echo $OUTPUT->render_from_template('local_bangkom/connection', $shown);
echo $OUTPUT->footer();
