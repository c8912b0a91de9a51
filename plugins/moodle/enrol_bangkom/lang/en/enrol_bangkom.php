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
 * English words.
 *
 * @package    enrol_bangkom
 * @copyright  2026 Bangkom contributors
 * @license    https://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */

defined('MOODLE_INTERNAL') || die();

$string['bangkom:config'] = 'Configure Bangkom enrolment in a course';
$string['bangkom:enrol'] = 'Give and take seats on behalf of Bangkom';
$string['pluginname'] = 'Bangkom';
$string['pluginname_desc'] = 'Seats that Bangkom gives after approval. They are made, suspended and taken away by Bangkom alone; nobody changes them by hand.';
$string['privacy:metadata'] = 'The Bangkom enrolment method stores nothing of its own; seats are ordinary enrolments of Moodle.';
$string['role'] = 'Role of a seat';
$string['role_help'] = 'The role in the course that everybody gets who is given a seat. Changing it changes it for those who have a seat already.';
