<?php
// A learner looks at a page of a course, as mod/page/view.php shows it; after it a line says how long that took (first the
// observers of local_bangkom, then all), in milliseconds. bench.lms puts this into a Moodle for as long as it runs.

$began = hrtime(true);
require __DIR__ . '/config.php';
require_once $CFG->dirroot . '/mod/page/lib.php';
require_once $CFG->libdir . '/completionlib.php';

/** Measures our observers where Moodle calls them, so that nothing of the plugin is changed. */
final class bench_lms
{
    public static int $spent = 0;
    public static int $queries = 0;

    public static function measure(): void
    {
        $manager = new ReflectionClass(\core\event\manager::class);
        $manager->getMethod('init_all_observers')->invoke(null);
        foreach ($manager->getStaticPropertyValue('allobservers') as $observers) {
            foreach ($observers as $observer) {
                if (is_string($observer->callable) && str_starts_with(ltrim($observer->callable, '\\'), 'local_bangkom\\')) {
                    $observer->callable = self::around($observer->callable);
                }
            }
        }
    }

    private static function around(string $observer): Closure
    {
        return function (\core\event\base $event) use ($observer): void {
            global $DB;
            $queries = $DB->perf_get_queries();
            $began = hrtime(true);
            call_user_func($observer, $event);
            self::$spent += hrtime(true) - $began;
            self::$queries += $DB->perf_get_queries() - $queries;
        };
    }
}

bench_lms::measure();
[$course, $cm] = get_course_and_cm_from_cmid(required_param('id', PARAM_INT), 'page');
$page = $DB->get_record('page', ['id' => $cm->instance], '*', MUST_EXIST);
require_course_login($course, true, $cm);
$context = context_module::instance($cm->id);
page_view($page, $course, $cm, $context);
$PAGE->set_url('/mod/page/view.php', ['id' => $cm->id]);
$PAGE->set_title($page->name);
$PAGE->set_heading($course->fullname);
$PAGE->set_activity_record($page);
echo $OUTPUT->header();
echo $OUTPUT->box(format_text($page->content, $page->contentformat, ['context' => $context]));
echo $OUTPUT->footer();
echo "\n=> ", json_encode([bench_lms::$spent / 1e6, bench_lms::$queries, (hrtime(true) - $began) / 1e6]);
