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
 * @package    block_bangkom
 * @copyright  2026 Bangkom contributors
 * @license    https://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */

defined('MOODLE_INTERNAL') || die();

$string['bangkom:addinstance'] = 'Add a Bangkom block';
$string['bangkom:myaddinstance'] = 'Add a Bangkom block to the dashboard';
$string['cachedef_cards'] = 'What Bangkom has for a person';
$string['down'] = 'Bangkom is not reachable right now. Your hours are safe there; please look again in a few minutes.';
$string['hours'] = '{$a->jp} of {$a->target} JP in {$a->year}';
$string['missing'] = '{$a} JP still to go';
$string['pluginname'] = 'Bangkom';
$string['privacy:metadata:bangkom'] = 'To show a person\'s hours, their card is fetched from Bangkom and kept for five minutes.';
$string['privacy:metadata:bangkom:nip'] = 'The NIP, which is the ID number of the account';
$string['progress'] = 'Competence hours of the year';
$string['reached'] = 'The target of this year is reached';
$string['record'] = 'My whole record';
$string['session'] = 'Next session';
$string['step'] = 'Next step';
$string['surveys'] = 'Open surveys';
$string['title'] = 'My competence development';
$string['unknown'] = 'Bangkom does not know your NIP yet. Ask the people who look after competence development at your agency.';
