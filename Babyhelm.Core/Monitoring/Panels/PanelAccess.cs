using Babyhelm.Core.Common;
using Babyhelm.Core.Projects;

namespace Babyhelm.Core.Monitoring.Panels;

/// <summary>Whether panels of a project, which the caller sees, can be shown.</summary>
public static class PanelAccess
{
    /// <summary>Null where they can. A project that is not ready may be named like a namespace of somebody else, which it never gets.</summary>
    public static Conflict? WhyNot(ProjectView project) => project.State switch
    {
        ProjectState.Ready => null,
        ProjectState.Deleting => new("The project is being deleted; its metrics are no longer shown.", "project-not-ready"),
        _ => new("The project is being set up; its metrics are shown once it is ready.", "project-not-ready"),
    };
}
